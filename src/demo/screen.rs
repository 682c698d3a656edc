//! What the demo shows to whoever started it: how to get in, and how the city is doing.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::client::{Member, Missed, Tally};
use super::clock::CityClock;
use super::halt::Halt;
use super::house::House;
use super::networks::Networks;
use super::staff::Login;

/// How often the line is written anew on a terminal, and how often a line is added elsewhere.
const ANEW: Duration = Duration::from_secs(3);
const ADDED: Duration = Duration::from_secs(60);

/// How often the city's time is noted.
const BEAT: Duration = Duration::from_secs(1);

/// What there is to say at the start.
pub struct Welcome<'a> {
    pub address: &'a str,
    pub city: &'a str,
    pub clock: &'a CityClock,
    pub house: &'a House,
    pub networks: &'a Networks,
    /// How many pages are connected.
    pub pages: usize,
    pub logins: &'a [Login],
}

impl Welcome<'_> {
    /// The whole text, Russian first.
    pub fn text(&self) -> String {
        let Welcome { address, city, clock, house, pages, .. } = self;
        let networks = self.networks.origin();
        let data = house.dir().display();
        let kept = if house.is_temporary() {
            "удалится при остановке · removed in the end"
        } else {
            "сохранится · kept"
        };
        let mut text = format!(
            "\nОтклик, демонстрация: {city}, время ×{speed}   ·   Otklik demo: every person and complaint is made up\n\n  \
             Адрес  · address   {address}  (откройте в браузере · open it in a browser)\n  \
             API    · docs      {address}/api/docs/\n  \
             Данные · data      {data}  ({kept})\n  \
             Сети   · networks  {networks}/{{vk,ok,telegram,max}}  (вымышленные · made up; страниц · pages: {pages})\n\n",
            speed = clock.speed(),
        );
        self.people(&mut text);
        self.commands(&mut text);
        text.push_str("\nОстановить · stop: Ctrl-C\n");
        text
    }

    fn people(&self, text: &mut String) {
        let _ = writeln!(text, "  {:<15} {:<19} Кто · who", "Логин · login", "Пароль · password");
        for Login { login, name, password } in self.logins {
            let password = password.as_deref().unwrap_or("показан раньше");
            let _ = writeln!(text, "  {login:<15} {password:<19} {name}");
        }
        if self.logins.iter().any(|login| login.password.is_none()) {
            let dir = self.house.dir().display();
            let _ =
                writeln!(text, "  Другой пароль · another one: otklik staff password LOGIN --config {dir}/otklik.toml");
        }
    }

    fn commands(&self, text: &mut String) {
        let address = self.address;
        let moderator = self.logins.iter().find(|login| login.login == "moderator");
        let password = moderator.and_then(|login| login.password.as_deref()).unwrap_or("ПАРОЛЬ");
        let controller = self.logins.iter().find(|login| login.login == "controller");
        let controllers = controller.and_then(|login| login.password.as_deref()).unwrap_or("ПАРОЛЬ");
        let _ = write!(
            text,
            r#"
  Попробуйте · try:
  # войти и запомнить токен · sign in, keep the token
  T=$(curl -s {address}/api/v1/session -H 'content-type: application/json' -d '{{"login":"moderator","password":"{password}"}}' | sed 's/.*"access_token":"\([^"]*\).*/\1/')
  # очередь: ближайшие сроки · the queue, nearest deadlines first
  curl -s "{address}/api/v1/incidents?open=true&sort=due&limit=5" -H "authorization: Bearer $T"
  # одно обращение, и почему оно там, где оно есть · one incident, and why it is where it is
  I=$(curl -s "{address}/api/v1/incidents?step=assigned,in_work&limit=1" -H "authorization: Bearer $T" | sed 's/.*"items":\[{{"id":"\([^"]*\).*/\1/'); curl -s {address}/api/v1/incidents/$I/why -H "authorization: Bearer $T"
  # официальные страницы, и как у них дела · the official pages, and how they fare
  curl -s {address}/api/v1/pages -H "authorization: Bearer $(curl -s {address}/api/v1/session -H 'content-type: application/json' -d '{{"login":"controller","password":"{controllers}"}}' | sed 's/.*"access_token":"\([^"]*\).*/\1/')"
  # показатели · figures
  curl -s {address}/api/v1/statistics/summary -H "authorization: Bearer $T"
  # история, шаг за шагом · its history as it goes on
  watch -n 2 "curl -s {address}/api/v1/incidents/$I/events -H 'authorization: Bearer $T'"
"#
        );
    }
}

#[derive(Deserialize)]
struct Counted {
    total: u64,
}

/// The line that says how the city is doing.
pub struct Screen<'a> {
    pub clock: CityClock,
    pub zone: TimeZone,
    pub watcher: Member,
    pub tally: Tally,
    pub house: &'a House,
    pub networks: &'a Networks,
    pub halt: Halt,
}

impl Screen<'_> {
    /// Shows the line until the demo is stopped.
    pub fn show(mut self) {
        let terminal = io::stdout().is_terminal();
        let every = if terminal { ANEW } else { ADDED };
        let mut shown = None::<Instant>;
        while self.halt.sleep(BEAT) {
            if let Err(error) = self.house.note(self.clock.now(), self.networks.counted()) {
                self.tally.count("the city's time cannot be noted".to_owned(), error.to_string());
            }
            if shown.is_none_or(|last| last.elapsed() >= every) {
                shown = Some(Instant::now());
                self.line(terminal);
            }
        }
        if terminal {
            println!("\nОстановлено · stopped");
        }
    }

    fn line(&mut self, terminal: bool) {
        // A busy service is left alone; the next line will do.
        let Ok(line) = self.figures() else { return };
        let mut out = io::stdout().lock();
        let written = if terminal { write!(out, "\r\x1b[2K{line}") } else { writeln!(out, "{line}") };
        // Whoever closed the output does not want to see it.
        let _ = written.and_then(|()| out.flush());
    }

    fn figures(&mut self) -> Result<String, Missed> {
        let now = self.zone.to_datetime(*self.clock.now());
        let mut line = format!("{:02}.{:02} {:02}:{:02}", now.day(), now.month(), now.hour(), now.minute());
        for (name, filter) in [
            ("принято", ""),
            ("на распределении", "step=distribution,control&"),
            ("в работе", "step=assigned,in_work,drafted,approval,rework,approved&"),
            ("с ответом", "answered_from=1970-01-01T00:00:00Z&"),
            ("закрыто", "open=false&"),
            ("просрочено", "overdue=true&"),
        ] {
            let counted: Counted = self.watcher.get(&format!("/api/v1/incidents?{filter}limit=1&total=true"))?;
            let _ = write!(line, " · {name} {}", counted.total);
        }
        if self.tally.total() > 0 {
            let _ = write!(line, " · неожиданных ответов {}", self.tally.total());
        }
        Ok(line)
    }
}
