incident-title = Обращение № { $number }
incident-none = не указано
incident-told = Что написал житель
incident-author-hidden = автор скрыт
incident-masked = Персональные данные скрыты: { $kinds }.
incident-opened = Показано с персональными данными. Это записано.
incident-open = Показать персональные данные
incident-open-reason = Для чего
incident-open-note = Кто, когда и для чего открыл данные, сохраняется.
incident-open-button = Показать
incident-openings = Кто открывал персональные данные
incident-openings-none = Никто не открывал.
incident-thread = Обсуждение
incident-thread-empty = Сеть ещё не рассказала, что вокруг этого сообщения.
incident-thread-rest = Остальное обсуждение: { $count ->
    [one] { $count } сообщение
    [few] { $count } сообщения
   *[other] { $count } сообщений
  }
incident-thread-more = Обсуждение длиннее, чем показано.
incident-earlier = Раньше было написано иначе: { $count ->
    [one] { $count } раз
    [few] { $count } раза
   *[other] { $count } раз
  }
incident-facts = Карточка
incident-kind = Тип
incident-topic = Тема
incident-severity = Срочность
incident-place = Место
incident-okrug = Округ
incident-organisation = Организация
incident-executor = Исполнитель
incident-received = Поступило
incident-outcome = Итог
incident-deferred = Отложено до
incident-closed = Закрыто
incident-rating = Оценка автора
incident-note = Заметка для коллег
incident-short = Идентификатор
incident-municipality = Муниципалитет
incident-settlement = Населённый пункт
incident-street = Улица
incident-house = Дом
incident-why = Почему
incident-why-here = Почему здесь
incident-rule = правило { $rule }, версия { $version }
incident-stays = У кого было: { $count ->
    [one] { $count } раз
    [few] { $count } раза
   *[other] { $count } раз
  }
incident-group = Об одном и том же
incident-merged-into = Объединено с обращением
incident-duplicates = К этому обращению { $count ->
    [one] присоединено { $count } другое
   *[other] присоединено { $count } других
  }
incident-alike = Похоже, об одном и том же
incident-likeness = { $percent } %
incident-reasons = Что за и что против
incident-merge-here = Это дубль: объединить
incident-unlike = Не об одном
incident-clocks = Сроки
incident-clocks-none = Сроков нет.
incident-clocks-over = Истекшие и выполненные: { $count }
incident-until = до
incident-clock-target = Сколько дано
incident-clock-rule = По какому правилу
incident-clock-calendar = Календарь
incident-clock-began = Отсчёт с
incident-clock-pauses-in = Стоит на шагах
incident-target-working = { $span } рабочего времени
incident-target-calendar = { $span } подряд, круглосуточно
incident-target-days = { $count ->
    [one] { $count } рабочий день
    [few] { $count } рабочих дня
   *[other] { $count } рабочих дней
  }
incident-target-calendar-days = { $count ->
    [one] { $count } календарный день
    [few] { $count } календарных дня
   *[other] { $count } календарных дней
  }
incident-target-next = { $count ->
    [one] { $count } календарный день
    [few] { $count } календарных дня
   *[other] { $count } календарных дней
  }; если последний нерабочий, то до конца следующего рабочего
incident-target-previous = { $count ->
    [one] { $count } календарный день
    [few] { $count } календарных дня
   *[other] { $count } календарных дней
  }; если последний нерабочий, то до конца предыдущего рабочего
incident-clock-consumed = До этого по прежнему правилу прошло { $span }.
incident-clock-counted = Засчитано время:
incident-clock-more = И ещё промежутков: { $count }.
incident-clock-days = Засчитаны дни:
incident-clock-special = Особые дни календаря:
incident-clock-day-off = выходной
incident-clock-stood = Стоял
incident-clock-stands = Стоит с
incident-clock-deferred = Отложен до
incident-clock-bound = Ближайший срок — у присоединённого обращения
incident-clock-breached = Нарушен
incident-clock-settled = Завершён
incident-clock-reminder = Напоминание, когда останется { $share } %:
incident-clock-promised = { $why }: было { $from }, стало { $to }
incident-clock-revived = идёт снова
incident-moves = Что можно сделать
incident-reason = Причина
incident-why-note = Пояснение
incident-by-rules = По правилам города
incident-defer-until = До какого дня
incident-outside-text = Что ответили
incident-outside-at = Когда ответили
incident-permalink = Ссылка на ответ
incident-merge-into = Номер обращения, которое останется
incident-answers = Ответ
incident-answer-text = Текст ответа
incident-answer-meant = Чем заканчивается
incident-answer-via = Куда
incident-via-usual = Туда же, где спросили
incident-save = Сохранить черновик
incident-save-submit = На согласование
incident-blanks = Осталось вписать:
incident-drafts = Чем начать: { $count ->
    [one] { $count } заготовка
    [few] { $count } заготовки
   *[other] { $count } заготовок
  }
incident-draft-similar = Как ответили на № { $number }
incident-returned = Возвращено на доработку
incident-concerns = Замечания к ответу
incident-answer-title = Ответ { $n }
incident-drafted = Написан
incident-submitted = Отправлен на согласование
incident-approved = Согласован
incident-sent = Передан в сеть
incident-not-sent = В сеть ещё не передан
incident-delivered = Опубликован
incident-not-delivered = Сеть публикацию ещё не подтвердила
incident-see-answer = посмотреть
incident-failed = Не доставлен
incident-attempts = { $count ->
    [one] { $count } попытка
    [few] { $count } попытки
   *[other] { $count } попыток
  }
incident-maybe-twice = возможно, опубликовано дважды
incident-retry = Отправить ещё раз
incident-rework-text = Что исправить
incident-history = История
incident-chain-whole = Цепочка записей цела: ничего не изменено и не удалено.
incident-chain-broken = Цепочка записей нарушена: запись изменена или удалена в обход системы.
incident-event-changed = запись изменена
incident-history-more = Следующие { $count } записей
incident-other = другое обращение
incident-changed = Пока вы смотрели, обращение изменили: { $count ->
    [one] { $count } запись
    [few] { $count } записи
   *[other] { $count } записей
  }
incident-stands-now = Сейчас:
incident-look-again = Показать как есть сейчас
incident-all-the-same = Всё равно выполнить
incident-all-the-same-note = Или выполните то, что хотели, с учётом этих изменений.
incident-typed = Вы написали

said-incident-assigned = Назначено.
said-incident-passed = Передано исполнителю.
said-incident-taken = Взято в работу.
said-incident-returned = Возвращено.
said-incident-drafted = Черновик сохранён.
said-incident-submitted = Отправлено на согласование.
said-incident-reworked = Возвращено на доработку.
said-incident-approved = Согласовано. Ответ отправляется.
said-incident-deferred = Отложено.
said-incident-closed = Закрыто.
said-incident-dismissed = Отклонено: не жалоба.
said-incident-merged = Объединено.
said-incident-unmerged = Разъединено.
said-incident-reopened = Открыто снова.
said-incident-corrected = Исправлено.
said-incident-noted = Записано.
said-incident-unlike = Отмечено: не об одном.

action-fail = Не удалось доставить

meant-resolved = Решено
meant-explained = Разъяснено
meant-not_resolved = Не решено
meant-intermediate = Промежуточный ответ, окончательный позже

blank-contact = контакт
blank-date = дата или срок
blank-figure = число
blank-organisation = организация
blank-person = должность и имя
blank-place = адрес
blank-time = время

concern-warning = Обратите внимание:
concern-forbidden = Так согласовать нельзя:
concern-refused = Так отправить нельзя:

despite-missing_date = Согласую, хотя срок не назван
despite-third_person = Согласую, хотя назван посторонний человек


actor-staff = сотрудник
actor-source = источник
actor-author = автор
actor-rule = правила города
actor-system = система

match-topic-topic = по теме
match-topic-group = по группе тем
match-topic-any = для любой темы
match-municipality-exact = для этого муниципалитета
match-municipality-kind = для такого муниципалитета
match-municipality-any = для любого места
match-severity-exact = для этой срочности
match-severity-at_least = для такой и большей срочности
match-severity-any = для любой срочности
match-organisation-exact = для этой организации
match-organisation-ancestor = для вышестоящей организации
match-organisation-any = для любой организации

counted-from-received = с поступления
counted-from-published = с публикации
counted-from-assigned = с назначения

promised-correction = исправление
promised-transfer = передача другой организации
promised-policy = новые правила города

stay-end-passed = передано дальше
stay-end-reassigned = назначено другим
stay-end-closed = закрыто
stay-end-not_our_competence = не наша компетенция
stay-end-other_territory = другая территория
stay-end-wrong_topic = неверная тема
stay-end-other = возвращено

told-n = ответ
told-kind = какой
told-outcome = итог
told-clock = срок
told-organisation = организация
told-executor = исполнитель
told-from = откуда
told-into = с чем
told-incident = какое
told-reason = причина
told-step = шаг
told-returns = возвратов
told-topic = тема
told-severity = срочность
told-municipality = муниципалитет
told-until = до
told-due_at = срок был
told-despite = несмотря на
told-rating = оценка
told-note = пояснение
told-text = текст
told-permalink = ссылка
incident-map = На карте
