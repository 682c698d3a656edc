work-title = Моя организация
work-queues = Очереди
work-write = Написать ответ
work-approve = Прочитать и согласовать
work-pass-to = Передать: { $department }
work-department = Кому

queue-take = Взять
queue-work = В работе
queue-approval = На согласовании
queue-rework = На доработке
queue-delivery = Публикуются
queue-failed = Не доставлены
queue-author = Ждём автора
queue-deferred = Отложены

queue-empty-take = Новых обращений нет. Начатые — в очереди «В работе».
queue-empty-work = В работе ничего нет. Новые — в очереди «Взять».
queue-empty-approval = Согласовывать нечего.
queue-empty-rework = На доработку ничего не возвращали.
queue-empty-delivery = Все согласованные ответы опубликованы.
queue-empty-failed = Все ответы доставлены.
queue-empty-author = Ни один автор сейчас не думает над ответом.
queue-empty-deferred = Отложенных обращений нет.
