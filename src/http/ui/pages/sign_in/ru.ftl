sign-in-title = Вход
sign-in-login = Логин
sign-in-password = Пароль
sign-in-button = Войти
sign-in-wrong = Логин или пароль не подходит.
sign-in-slow-down = Слишком много попыток. Повторите через { $seconds ->
    [one] { $seconds } секунду
    [few] { $seconds } секунды
   *[other] { $seconds } секунд
  }.
