service = Otklik
skip-to-content = Skip to the content
navigation = Sections
nav-desk = Triage
nav-work = My organisation
nav-search = Search
nav-map = Map
nav-statistics = Statistics
nav-pages = Official pages
nav-administration = Administration
nav-account = Account
sign-out = Sign out
other-language = Русский
light-or-dark = Light or dark
live-on = Live
live-again = Reconnecting…
live-as-of = As of { $time }
new-items = { $count ->
    [one] { $count } new
   *[other] { $count } new
  }
trouble-title = That did not work
trouble-back = Go back
trouble-sent = You sent
trouble-number = Request number: { $number }
