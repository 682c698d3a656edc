service = Отклик
skip-to-content = К содержанию
navigation = Разделы
nav-desk = Разбор
nav-work = Моя организация
nav-search = Поиск
nav-map = Карта
nav-statistics = Статистика
nav-pages = Официальные страницы
nav-administration = Управление
nav-account = Учётная запись
sign-out = Выйти
other-language = English
light-or-dark = Светлая или тёмная тема
live-on = На связи
live-again = Переподключение…
live-as-of = Данные на { $time }
new-items = { $count ->
    [one] { $count } новое
   *[other] { $count } новых
  }
trouble-title = Не получилось
trouble-back = Вернуться назад
trouble-sent = Вы отправили
trouble-number = Номер запроса: { $number }
