rule-length = { $from ->
    [0] не больше { $to } { $to ->
        [one] знака
       *[other] знаков
      }
   *[other] нужно от { $from } до { $to } { $to ->
        [one] знака
       *[other] знаков
      }
  }
rule-needed = нужно заполнить
rule-empty = нужно заполнить
rule-given-once = можно указать только один раз
rule-no-nul = недопустимый знак (нулевой)
rule-text-no-nul = в тексте недопустимый знак (нулевой)
rule-whole-number = нужно целое число
rule-number = нужно число
rule-true-or-false = нужно true или false
rule-from-to = нужно число от { $from } до { $to }
rule-or-more = нужно число не меньше { $least }
rule-out-of-range = нужно число от { $from } до { $to }
rule-given-out-of-range = { $given } не подходит: нужно от { $from } до { $to }
rule-hour-to-days = { $given } не подходит: нужно от часа до 60 суток
rule-one-of = нужно одно из значений: { $words }
rule-not-a-value = такого значения нет, выберите из предложенных
rule-web-address = нужен адрес страницы в интернете
rule-long-address = нужен адрес, который начинается с http или https, не длиннее 2000 знаков и без пробелов
rule-ascii-address = нужен адрес, который начинается с http или https, не длиннее 2000 знаков, только латиницей
rule-day = нужен день, например 2025-12-24
rule-moment = нужны день и время, например 2025-12-24T14:06
rule-day-or-month = нужен день, например 2025-12-24, или месяц, например 2025-12
rule-day-or-instant = нужен день, например 2025-12-24, или момент, например 2025-12-24T14:06:00Z
rule-after-from = конец должен быть позже начала: последний день в период не входит
rule-days-after-from = период не должен быть длиннее { $days } { $days ->
    [one] дня
   *[other] дней
  }
rule-bounds = нужны границы в градусах: запад, юг, восток, север, например 73.2,54.9,73.6,55.1
rule-cursor = это продолжение другого списка: вернитесь к его началу
rule-of = { $field }: { $said }
rule-of-id = «{ $id }»: { $said }
rule-of-sheet = лист «{ $sheet }»: { $said }
rule-of-query = { $said }
rule-of-place = { $said } (строка { $line }, знак { $column })
rule-word = значения «{ $word }» нет; возможные: { $known }
rule-missing-field = не хватает поля { $name }
rule-unknown-field = поля { $name } здесь нет; может быть { $known }
rule-unknown-field-of = поля { $name } здесь нет; могут быть { $known }
rule-unknown-field-at-all = поля { $name } здесь нет
rule-unknown-variant = значения { $name } нет; может быть { $known }
rule-unknown-variant-of = значения { $name } нет; могут быть { $known }
rule-duplicate-field = поле { $name } указано дважды
rule-invalid-type = значение не того вида: { $given }; ожидается { $wanted }
rule-invalid-value = неподходящее значение: { $given }; ожидается { $wanted }
rule-no-digit = нужно целое число
rule-no-digits = нужно целое число
rule-too-large-number = слишком большое число
rule-too-small-number = слишком маленькое число
rule-json-end-value = текст JSON обрывается: нет значения
rule-json-end-object = текст JSON обрывается: не закрыта фигурная скобка
rule-json-end-list = текст JSON обрывается: не закрыта квадратная скобка
rule-json-end-string = текст JSON обрывается: не закрыты кавычки
rule-json-value = ошибка в JSON: здесь должно быть значение
rule-json-ident = ошибка в JSON: непонятное слово
rule-json-colon = ошибка в JSON: здесь должно быть двоеточие
rule-json-comma-or-bracket = ошибка в JSON: здесь должна быть запятая или закрывающая квадратная скобка
rule-json-comma-or-brace = ошибка в JSON: здесь должна быть запятая или закрывающая фигурная скобка
rule-json-trailing-comma = ошибка в JSON: лишняя запятая
rule-json-trailing = ошибка в JSON: лишний текст в конце
rule-json-key = ошибка в JSON: имя поля должно быть в кавычках
rule-json-control = ошибка в JSON: недопустимый знак внутри кавычек
rule-json-escape = ошибка в JSON: недопустимый знак после обратной косой черты
rule-json-number = ошибка в JSON: число записано неверно
rule-form-utf8 = Форма отправлена не в кодировке UTF-8.
rule-file-utf8 = Файл — не текст в кодировке UTF-8.
rule-body-utf8 = Отправлен не текст в кодировке UTF-8: ошибка в байте { $byte }.
rule-form-multipart = Форма отправлена не так, как её отправляет страница.
rule-form-unreadable = Форму не удалось прочитать: { $why }.
rule-query-unreadable = Адрес страницы не удалось прочитать: { $why }.
rule-broke-off = Отправка оборвалась. Повторите.
rule-body-limit = Отправлено слишком много: можно не больше { $limit } байт.
rule-body-too-large = Отправлено слишком много.
rule-media-type = Такие данные здесь не принимаются.
rule-too-slow = Отправка шла слишком долго. Повторите.
rule-not-understood = Запрос не удалось понять.
rule-once-key = Ключ повторной отправки неверен.
rule-once-mismatch = Это решение уже отправлено, но с другими данными. Обновите страницу.
rule-once-gone = Ответ на первую отправку уже не прочитать. Обновите страницу.

rule-illegal-move = Действие «{ $action }» невозможно на шаге «{ $step }».
rule-forbidden = У вашей роли нет права «{ $permission }».
rule-own-answer = Ответ согласует не тот, кто его написал.
rule-not-approved = К ответу есть замечания. Исправьте его или укажите, что согласуете несмотря на них.
rule-slow-down = Слишком много попыток входа. Повторите через { $seconds } { $seconds ->
    [one] секунду
    [few] секунды
   *[other] секунд
  }.
rule-wrong-credentials = Логин или пароль не подходит.
rule-bad-token = Вход закончился. Войдите снова.
rule-stale = Тем временем это изменил кто-то другой. Версия сейчас — { $current }.
rule-stale-look = Тем временем это изменил кто-то другой: версия сейчас — { $current }. Посмотрите, что изменилось, и повторите.
rule-busy = База данных занята. Повторите через несколько секунд.
rule-many-requests = Слишком много запросов сразу. Повторите через несколько секунд.
rule-many-waiting = База данных занята. Повторите через несколько секунд.
rule-away = База данных недоступна. Повторите через несколько секунд.

rule-no-such-address = По этому адресу ничего нет.
rule-no-method = Здесь это невозможно.
rule-no-such-incident = Такого обращения нет.
rule-no-such-answer = Такого ответа нет.
rule-no-such-moving-answer = Нет ответа, с которым это можно сделать.
rule-no-such-posting = Такой отправки ответа нет.
rule-no-such-attachment = Такого вложения нет.
rule-no-such-content = Содержимого этого файла нет.
rule-no-such-file = Такого файла нет.
rule-no-such-page = Такой официальной страницы нет.
rule-no-such-source = Такого источника нет.
rule-no-such-member = Такого сотрудника нет.
rule-no-such-organisation = Такой организации нет.
rule-no-such-topic = Такой темы нет.
rule-no-such-calendar = Такого календаря нет.
rule-no-such-term = Такого срока нет.
rule-no-such-rule = Такого правила нет.
rule-no-such-template = Такого шаблона нет.
rule-no-such-table = Такой таблицы нет.
rule-no-such-version = Такой версии правил нет.
rule-no-such-model = Такой модели нет.
rule-no-such-training = Такого обучения нет.
rule-no-such-recomputation = Такого пересчёта сроков нет.
rule-no-such-batch = Такого массового решения нет.
rule-no-such-decision = Такого решения нет.
rule-no-such-filter = Такого отбора нет.
rule-no-such-likeness = Эти обращения не предлагались как похожие.
rule-no-such-burst = Такого всплеска нет.
rule-no-such = Такого нет: { $what }.

rule-conflict-same-moment = В тот же момент это же сделал кто-то другой.
rule-conflict-incident = В тот же момент обращение изменил кто-то другой. Повторите.
rule-conflict-an-incident = В тот же момент обращение изменил кто-то другой. Повторите.
rule-conflict-policy = В тот же момент правила города изменил кто-то другой. Повторите.
rule-conflict-account = В тот же момент учётную запись изменил кто-то другой. Посмотрите ещё раз.
rule-conflict-own-account = В тот же момент учётная запись изменилась. Повторите.
rule-conflict-source = В тот же момент источник изменил кто-то другой. Посмотрите ещё раз.
rule-conflict-secret = В тот же момент секрет заменил кто-то другой. Посмотрите ещё раз.
rule-conflict-connected = В тот же момент страницу подключил кто-то другой. Посмотрите ещё раз.
rule-conflict-merged = В тот же момент объединили другие обращения. Повторите.
rule-conflict-thread = В тот же момент пришло другое сообщение этого обсуждения. Повторите.
rule-conflict-rows = В тот же момент те же строки перенёс кто-то другой.
rule-conflict-training = В тот же момент закончилось обучение. Повторите.
rule-conflict-model-old = Модель слишком старая, вернуть её нельзя: сохранились только её показатели.
rule-conflict-model-other = Эта модель сделана другой версией программы и здесь не читается.
rule-conflict-not-connected = Страница не подключена.
rule-conflict-unknown-network = Сеть этой страницы программе неизвестна.
rule-conflict-account-registered = Эта страница уже зарегистрирована.
rule-conflict-listens = Способ приёма у подключённой страницы меняют новым подключением.
rule-conflict-posting = Эта отправка не завершилась неудачей, повторять её не нужно.
rule-conflict-not-waiting = Ответ не ждёт доставки.
rule-conflict-answer-away = Ответ уже отправляется. Он вернётся, только если доставить его не удастся.
rule-conflict-file = Файл уже получен или вот-вот будет получен.
rule-conflict-burst-dismissed = Всплеск уже отклонён.
rule-conflict-burst-accepted = Всплеск уже подтверждён.
rule-conflict-nothing-decided = Решения не было.
rule-conflict-version = Применить можно только действующую версию правил.
rule-conflict-recomputing = Сроки уже пересчитываются.
rule-conflict-batch-not-done = Отменить можно только законченное массовое решение.
rule-conflict-batch-late = Отменить это массовое решение уже поздно.
rule-conflict-decision-late = Отменить это решение уже поздно.
rule-conflict-decision-fixed = Это решение отменить нельзя.
rule-conflict-decision-back = В тот же момент это решение уже отменили.
rule-conflict-count = Под отбор теперь подходят другие обращения. Посчитайте заново.
rule-conflict-source-name = Источник с таким именем уже есть.
rule-conflict-login = Учётная запись с таким логином уже есть.
rule-conflict-calendar = Календарь с таким идентификатором уже есть.

rule-merge-itself = Обращение нельзя объединить с самим собой.
rule-merge-others = К этому обращению присоединены другие: сначала объедините с нужным их.
rule-merge-closed = Другое обращение закрыто или само присоединено.
rule-merge-merged = Эти обращения объединены. Разъедините их: это и будет означать, что они не об одном.
rule-merge-number = нужен номер обращения
rule-burst-parent = нужно открытое обращение этого всплеска

rule-outcome = у окончательного ответа должен быть итог: решено, разъяснено или не решено; у промежуточного итога нет
rule-meant = нужно одно из: решено, разъяснено, не решено, промежуточный ответ
rule-template-outcome = нужно одно из: решено, разъяснено, не решено
rule-defer-until = нужен день в будущем, не дальше чем через год
rule-outside-at = нужно время между поступлением обращения и нынешним моментом
rule-close-reason = вручную закрывают, если автор доволен или дальнейший диалог нецелесообразен; по молчанию и оценке автора обращение закрывается само
rule-no-private = автор не принимает личных сообщений
rule-despite = согласовать несмотря на замечание можно, только если не назван срок или назван посторонний человек
rule-blank = не заполнен пропуск { $blank }
rule-holds-phone = в тексте телефон, его нельзя публиковать: «{ $piece }»
rule-holds-email = в тексте адрес почты, его нельзя публиковать: «{ $piece }»
rule-holds-flat = в тексте номер квартиры, его нельзя публиковать: «{ $piece }»
rule-holds-plate = в тексте номер машины, его нельзя публиковать: «{ $piece }»
rule-holds-link = в тексте ссылка на страницу человека, её нельзя публиковать: «{ $piece }»
rule-holds-birth-date = в тексте дата рождения, её нельзя публиковать: «{ $piece }»
rule-holds-number = в тексте длинный номер, похожий на номер документа, его нельзя публиковать: «{ $piece }»
rule-asks-for-personal = ответ просит у автора персональные данные: их спрашивают личным сообщением, а не у всех на виду
rule-concern-empty-answer = одни общие слова: ни даты, ни места, ни того, что сделано или можно сделать
rule-concern-empty-answer-piece = одни общие слова: ни даты, ни места, ни того, что сделано или можно сделать («{ $piece }»)
rule-concern-empty-phrase = эта фраза ничего не сообщает
rule-concern-empty-phrase-piece = эта фраза ничего не сообщает: «{ $piece }»
rule-concern-identical = так же ответили на многие другие сообщения
rule-concern-identical-piece = так же ответили на многие другие сообщения: «{ $piece }»
rule-concern-missing-date = не назван срок: напишите дату или «в течение … дней»
rule-concern-missing-date-piece = не назван срок, напишите дату или «в течение … дней»: «{ $piece }»
rule-concern-third-person = имя или данные постороннего человека: назовите должность или уберите
rule-concern-third-person-piece = имя или данные постороннего человека, назовите должность или уберите: «{ $piece }»
rule-concern-blank = пропуск не заполнен
rule-concern-blank-piece = пропуск не заполнен: «{ $piece }»
rule-brace-open = фигурная скобка открыта и не закрыта; чтобы написать саму скобку, удвойте её: { "{" }{ "{" }
rule-brace-closed = фигурная скобка закрыта, но не была открыта; чтобы написать саму скобку, удвойте её: { "}" }{ "}" }
rule-brace-unknown = подстановки { "{" }{ $name }{ "}" } нет; есть имя, адрес, номер, пропуски дата, время, место, организация, фио, контакт, число и выбор, например { "{" }Здравствуйте|Добрый день{ "}" }

rule-policy-organisation = такой организации в правилах города нет
rule-policy-topic = такой темы в правилах города нет
rule-policy-municipality = такого муниципалитета в правилах города нет
rule-policy-nothing = такого в правилах города нет
rule-policy-organisation-id = нужна организация из правил города
rule-below = нужно подразделение этой организации
rule-part-of-city = укажите обращение: вам видна только часть города
rule-clock-and-state = срок и его состояние выбирают вместе, а время решения — вместе с ними
rule-word-to-find = нужно хотя бы одно слово из двух букв или цифра
rule-batch-fits = под отбор должно подходить от 1 до { $most } обращений
rule-filters-most = можно сохранить не больше { $most } отборов; сначала удалите один
rule-filter-name = отбор с таким названием уже есть

rule-login = нужно от 3 до 64 знаков: латинские строчные буквы, цифры, . _ - и @; первый знак — буква или цифра
rule-language = нужен русский или английский
rule-email = нужен адрес вида anna@example.org, только латиницей
rule-own-powers = свою роль, организацию и состояние учётной записи меняют не сами
rule-password-login = пароль не должен совпадать с логином
rule-password-current = это не ваш пароль
rule-password-again = пароли не совпадают
rule-source-name = нужно от 2 до 64 знаков: латинские строчные буквы, цифры и дефис; дефис не первый и не последний
rule-source-name-page = имя не должно начинаться с «page-»: такие имена даются официальным страницам
rule-source-network = нужно от 1 до 40 знаков: латинские строчные буквы, цифры, дефис и подчёркивание; первый знак — буква или цифра

rule-network = такой сети нет
rule-key = такого ключа у этой сети нет
rule-account = нужно от 1 до 64 видимых знаков, только латиницей
rule-listening = нужно «доставка» или «опрос»
rule-listening-network = эта сеть так не принимается
rule-listening-of = { $network }: так эту сеть принимать нельзя
rule-listening-hook = для доставки нужен адрес, доступный из сети: укажите в настройках службы listen.public_url или выберите опрос
rule-keys-needed = нужно заполнить: ключей у страницы ещё нет
rule-vk-account = нужен номер сообщества без знака, как в адресе club123
rule-vk-secret = нужно от 8 до 50 знаков: латинские буквы, цифры, подчёркивание и дефис
rule-ok-account = нужен номер группы, цифрами
rule-ok-keys = нужны все три ключа приложения: без них комментарии не приходят; можно не указывать ни одного
rule-telegram-token = нужен токен бота, каким его показывает @BotFather: число, двоеточие, латинские буквы и цифры
rule-telegram-account = нужен номер группы обсуждений, например -1001234567890, или номер самого бота, если нужны только личные сообщения
rule-telegram-channel = нужен номер канала, например -1001234567890
rule-max-account = нужен номер канала или группы (chat_id) или номер бота (user_id), если нужны только личные сообщения
rule-max-token = нужен токен бота: видимые латинские знаки без пробелов
rule-row-twice = уже есть в строке { $row }
rule-table-rows = в таблице больше { $most } { $most ->
    [one] строки
   *[other] строк
  }
rule-table-unreadable = Файл не удалось прочитать: { $why }.
rule-table-workbook = Книгу не удалось прочитать: { $why }.
rule-table-csv = Файл CSV не удалось прочитать: { $why }.
rule-table-kind = Нужен файл .xlsx или .csv.
rule-table-header = Нет заголовка таблицы: среди первых строк (их просмотрено { $rows }) ни в одной нет столбцов { $columns }.

rule-cells = { $cells ->
    [one] { $cells } ячейка
    [few] { $cells } ячейки
   *[other] { $cells } ячеек
  }, а столбцов в заголовке — { $header }
rule-column-unknown = столбец «{ $name }» неизвестен; есть { $known }
rule-column-twice = столбец «{ $name }» есть дважды
rule-column-missing = нет столбца «{ $name }»
rule-row-date = «{ $text }» — не дата вида 2025-12-24
rule-days-none = нет ни одной строки
rule-policy-city = эта служба работает для города «{ $city }»
rule-policy-needed = «{ $id }» убрать пока нельзя: за ней числятся { $staff ->
    [one] { $staff } сотрудник
    [few] { $staff } сотрудника
   *[other] { $staff } сотрудников
  } и { $incidents ->
    [one] { $incidents } открытое обращение
    [few] { $incidents } открытых обращения
   *[other] { $incidents } открытых обращений
  }
rule-amendment-empty = нечего менять
rule-amendment-twice = «{ $id }» указано дважды
rule-amendment-dropped = «{ $id }» одновременно меняется и удаляется
rule-address-id = нужно «{ $id }», как в адресе, или ничего
rule-id = «{ $id }» не подходит: нужны латинские строчные буквы, цифры, «-», «_» и «.»; первый знак — буква или цифра
rule-id-twice = «{ $id }» уже занято
rule-zone = часового пояса «{ $zone }» нет
rule-no-organisation = организации «{ $id }» нет
rule-no-calendar = календаря «{ $id }» нет
rule-no-municipality = муниципалитета «{ $id }» нет
rule-no-topic = темы «{ $id }» нет
rule-no-group = группы тем «{ $id }» нет
rule-no-okrug = округа «{ $id }» нет
rule-no-street = улицы «{ $id }» нет
rule-no-term = срока «{ $id }» нет
rule-name-taken = «{ $name }» — это уже название другого
rule-no-word = в «{ $text }» нет ни одного слова
rule-topic-or-group = выберите тему или группу тем, но не обе
rule-above-itself = «{ $id }» стоит над самой собой
rule-only-root = без вышестоящей может быть только главная организация «{ $id }»
rule-root-has-parent = у «{ $id }» есть вышестоящая, значит, она не главная
rule-house-number = должно начинаться с номера
rule-house-twice = на этой улице такой дом уже есть
rule-route-twice = маршруты «{ $one }» и «{ $other }» — на один и тот же случай
rule-executor-twice = маршруты внутри организации «{ $one }» и «{ $other }» — на один и тот же случай
rule-term-twice = сроки «{ $one }» и «{ $other }» — на один и тот же случай
rule-unrouted = у темы «{ $topic }» нет маршрута в «{ $place }»
rule-unrouted-more = у темы «{ $topic }» нет маршрута в «{ $place }» и ещё в { $count } { $count ->
    [one] муниципалитете
   *[other] муниципалитетах
  }
rule-not-a-part = «{ $executor }» не входит в «{ $organisation }»
rule-other-group = тема «{ $topic }» — из группы «{ $group }», поэтому правило никогда не сработает
rule-municipality-kind = вида муниципалитета «{ $text }» нет: напишите kind:city, kind:district или kind:region
rule-severity = срочности «{ $text }» нет: напишите *, число, например 5, или >=4
rule-term-target = «{ $text }» — не длительность: напишите целое число и единицу, например 60m, 9h или 7d
rule-term-days = «{ $text }» — не целые дни, а этот отсчёт ведётся только в днях
rule-term-working = «{ $text }» — в днях, а у рабочего дня нет постоянной длины: напишите часы или выберите отсчёт в днях либо круглосуточный
rule-term-range = срок должен быть больше нуля и не длиннее трёх лет
rule-term-pause = на шаге «{ $step }» никакой срок не идёт
rule-term-start = срок «{ $clock }» начинается со своего события, другого начала у него нет
rule-term-routing = срок распределения заканчивается назначением и начаться с него не может
rule-term-share = { $share } не подходит: нужна доля оставшегося времени от 1 до 99 процентов
rule-term-shares = напишите каждую долю один раз, начиная с большей
rule-term-percents = нужны проценты, например 50, 20
rule-term-never = по календарю «{ $calendar }» { $target } — это больше трёх лет
rule-term-none = у срока «{ $clock }» нет правила для любого случая, то есть со знаком * везде
rule-calendar-rows = в производственном календаре { $count ->
    [one] { $count } строка
    [few] { $count } строки
   *[other] { $count } строк
  }, а можно не больше { $most }
rule-calendar-windows = { $field }: { $count ->
    [one] { $count } промежуток
    [few] { $count } промежутка
   *[other] { $count } промежутков
  }, а в дне может быть не больше { $most }
rule-calendar-overlap = { $field }: промежутки { $one } и { $other } пересекаются
rule-calendar-window = «{ $text }» — не промежуток: напишите его как 09:00-13:00
rule-calendar-empty-window = промежуток «{ $text }» кончается, когда начинается: целые сутки пишут 00:00-24:00
rule-calendar-no-time = в неделе нет рабочего времени
rule-calendar-short = «{ $text }» не говорит, насколько день короче: напишите время окончания, например 17:00, или длительность, например 1h
rule-calendar-far = { $date } не может быть в производственном календаре: нужен год от { $first } до { $last }
rule-calendar-twice = { $date } указано дважды: { $day-kind }
rule-calendar-both = { $date } указано и как выходной, и как рабочий день
rule-calendar-short-off = { $date } указано как сокращённый день, но это выходной
rule-calendar-no-extra = { $date } указано как рабочий день, но рабочих часов нет ни у этого дня недели, ни у рабочей субботы
rule-calendar-nothing-left = { $date }: день так сокращён, что рабочего времени не остаётся

rule-training-few = решённых текстов слишком мало — { $count }; нужно { $fewest } и хотя бы два значения, по { $of-each } на каждое
rule-training-other = пока шло обучение, в работу взяли другую версию
