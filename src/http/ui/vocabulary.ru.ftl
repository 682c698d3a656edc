step-distribution = На распределении
step-control = У контролёра
step-assigned = Распределено
step-in_work = В работе
step-drafted = Ответ подготовлен
step-approval = На согласовании
step-rework = На доработке
step-approved = Согласовано, публикуется
step-awaiting_author = Ждём автора
step-closed = Готово

kind-solvable = Решаемый
kind-unsolvable = Не решаемый
kind-informational = Информационный
kind-gratitude = Благодарность
kind-spam = Спам

outcome-resolved = Решено
outcome-explained = Разъяснено
outcome-not_resolved = Не решено
outcome-deferred = Отложено

close-reason-author_satisfied = Автор доволен
close-reason-no_author_reply = Нет ответа от автора
close-reason-dialogue_pointless = Дальнейший диалог нецелесообразен
close-reason-survey_mark = Оценка автора
close-reason-advertisement = Реклама
close-reason-insult = Оскорбления, угрозы
close-reason-false_information = Недостоверные сведения
close-reason-unclear = Непонятно, о чём и где
close-reason-repeat = Повтор без новых фактов
close-reason-no_problem = Нет жалобы: разговор, приветствие
close-reason-duplicate = Дубль

topic-origin-message = пришла с сообщением
topic-origin-staff = указал сотрудник
topic-origin-classifier = предложена
topic-origin-automatic = определена автоматически
topic-origin-none = не определена

answer-kind-intermediate = Промежуточный
answer-kind-final = Окончательный

via-thread = В обсуждении
via-private = Личным сообщением

posting-state-waiting = Ждёт отправки
posting-state-sent = Отправлено в сеть
posting-state-delivered = Опубликовано
posting-state-failed = Не доставлено

answer-state-draft = Черновик
answer-state-submitted = На согласовании
answer-state-returned = Возвращён на доработку
answer-state-approved = Согласован
answer-state-sent = Отправлен в сеть
answer-state-delivered = Опубликован
answer-state-failed = Не доставлен

rework-reason-formal = Отписка
rework-reason-off_subject = Не по существу
rework-reason-no_date = Нет срока работ
rework-reason-no_evidence = Нет подтверждений
rework-reason-legal_jargon = Ссылки на законы без объяснения
rework-reason-contradiction = Противоречия
rework-reason-personal_data = Персональные данные третьих лиц
rework-reason-other = Другое

return-reason-not_our_competence = Не наша компетенция
return-reason-other_territory = Другая территория
return-reason-wrong_topic = Неверная тема
return-reason-other = Другое

action-assign = Назначить
action-pass = Передать исполнителю
action-take = Взять в работу
action-return = Вернуть: не наше
action-draft = Написать ответ
action-submit = На согласование
action-rework = На доработку
action-approve = Согласовать
action-deliver = Ответ опубликован
action-deliver_intermediate = Промежуточный ответ опубликован
action-answer_outside = Ответили сами в сети
action-speak_outside = Промежуточный ответ в сети
action-defer = Отложить
action-close = Закрыть
action-dismiss = Не жалоба
action-merge = Объединить
action-unmerge = Разъединить
action-reopen = Открыть снова
action-correct = Исправить

event-opened = Поступило
event-message_joined = Добавлено сообщение
event-message_edited = Автор изменил сообщение
event-message_deleted = Сообщение удалено в сети
event-message_restored = Сообщение восстановлено в сети
event-corrected = Исправлено
event-assigned = Назначено
event-passed = Передано исполнителю
event-taken = Взято в работу
event-returned = Возвращено
event-drafted = Подготовлен ответ
event-submitted = Отправлено на согласование
event-rework_asked = Возвращено на доработку
event-approved = Согласовано
event-delivered = Ответ опубликован
event-delivery_failed = Ответ не доставлен
event-delivery_retried = Доставка повторена
event-answered_outside = Ответ дан в сети
event-deferred = Отложено
event-closed = Закрыто
event-dismissed = Отклонено: не жалоба
event-merged = Объединено с другим
event-absorbed = Присоединено другое
event-unmerged = Разъединено
event-released = Отсоединено другое
event-reopened = Открыто снова
event-deadline_missed = Срок пропущен
event-deadlines_recomputed = Сроки пересчитаны
event-auto_replied = Автоответ в сети
event-imported = Перенесено из другой системы
event-undone = Решение отменено

role-moderator = Модератор
role-coordinator = Координатор
role-executor = Исполнитель
role-approver = Согласующий
role-controller = Контролёр
role-administrator = Администратор
role-integration = Интеграция

permission-read_incidents = Видеть инциденты
permission-read_personal_data = Видеть персональные данные
permission-read_disclosures = Видеть, кто открывал персональные данные
permission-triage = Разбирать
permission-merge = Объединять дубли
permission-coordinate = Передавать внутри организации
permission-work = Готовить ответы
permission-approve = Согласовывать ответы
permission-report_delivery = Сообщать о доставке
permission-close = Закрывать и открывать снова
permission-read_statistics = Видеть статистику
permission-read_policy = Видеть правила города
permission-write_policy = Менять правила города
permission-manage_staff = Управлять сотрудниками
permission-manage_sources = Управлять источниками
permission-view_pages = Видеть официальные страницы
permission-manage_pages = Управлять официальными страницами
permission-export = Выгружать таблицу

clock-routing = Распределение
clock-reaction = Первая реакция
clock-acceptance = Принятие или возврат
clock-first_answer = Первый ответ
clock-final_answer = Окончательный ответ
clock-next_answer = Следующий ответ
clock-resolution = Решение
clock-approval = Согласование
clock-rework = Доработка
clock-author_wait = Ожидание автора

clock-state-running = Идёт
clock-state-paused = Приостановлен
clock-state-met = Выполнен
clock-state-breached = Нарушен
clock-state-cancelled = Отменён

form-post = Пост
form-comment = Комментарий
form-private = Личное сообщение

place-origin-message = из сообщения
place-origin-text = из текста
place-origin-staff = указал сотрудник
place-origin-none = не известно

personal-birth_date = дата рождения
personal-email = почта
personal-flat = номер квартиры
personal-link = ссылка на человека
personal-name = имя
personal-number = номер документа
personal-passport = паспорт
personal-phone = телефон
personal-plate = номер машины
personal-snils = СНИЛС

network-vk = ВКонтакте
network-odnoklassniki = Одноклассники
network-ok = Одноклассники
network-telegram = Телеграм
network-max = MAX
network-webhook = Интеграция

severity-1 = 1 — мелочь
severity-2 = 2 — обычная
severity-3 = 3 — заметная
severity-4 = 4 — серьёзная
severity-5 = 5 — опасность

refusal-malformed = Отправленное не удалось прочитать.
refusal-invalid = Что-то заполнено неверно.
refusal-illegal_move = Сейчас это действие невозможно: обращение уже на другом шаге.
refusal-forbidden = У вашей роли нет на это права.
refusal-own_answer = Ответ согласует не тот, кто его написал.
refusal-concerns = К ответу есть замечания. Исправьте его или укажите, что согласуете несмотря на них.
refusal-cannot_merge = Эти обращения нельзя объединить.
refusal-conflict = Пока вы смотрели, это изменил кто-то другой.
refusal-not_found = По этому адресу ничего нет.
refusal-busy = Сервис занят. Повторите через несколько секунд.
refusal-internal = Ошибка на нашей стороне. Она записана.
refusal-page_outdated = Страница устарела или открыта не с этого сайта. Вернитесь, обновите её и повторите.
refusal-not_signed_in = Сначала войдите.
refusal-bad_token = Вход закончился. Войдите снова.
refusal-stale = Пока вы смотрели, обращение изменил кто-то другой. Обновите страницу и посмотрите, что изменилось.
refusal-too_large = Слишком большой файл или текст.
refusal-network_refused = Социальная сеть отказала.
refusal-method_not_allowed = Здесь это невозможно.
