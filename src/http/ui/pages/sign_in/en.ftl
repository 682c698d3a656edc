sign-in-title = Sign in
sign-in-login = Login
sign-in-password = Password
sign-in-button = Sign in
sign-in-wrong = The login or the password is wrong.
sign-in-slow-down = Too many attempts. Try again in { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
  }.
