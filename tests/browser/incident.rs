//! One incident: what hostile texts do there (nothing), what changed while somebody looked, what may be opened on record.

use otklik::domain::Role;
use serde_json::{Value, json};

use crate::harness::crew::{Crew, Path};
use crate::harness::server::{City, PASSWORD, message, organisation};
use crate::window::{Screen, Window};

both_engines! {
    hostile_texts_are_texts_only,
    a_stale_move_shows_what_changed_meanwhile,
    personal_data_is_opened_on_record,
    a_long_complaint_stays_readable,
    a_moderator_works_an_incident_through,
    who_may_not_see_it_is_told_nothing,
    a_refusal_is_told_in_the_language_of_the_visitor,
}

/// Somebody at a screen, wherever they begin.
fn somebody(city: &City, role: Role) -> Window {
    let login = city.hire(role, organisation::ROOT);
    let window = Window::on(city, Screen::DESK);
    window.go("/sign-in?next=%2Fsearch");
    window.fill("input[name=login]", &login);
    window.fill("input[name=password]", PASSWORD);
    window.click("main form button");
    window.wait("header nav");
    window
}

/// A page of an incident.
fn page(path: &Path) -> String {
    format!("/incidents/{}", path.0)
}

const HOSTILE: &str = "\"'><script>window.hacked = 1</script><img src=x onerror=\"window.hacked = 2; alert(1)\">\
                       <svg onload=alert(2)></svg></textarea></main><iframe src=\"javascript:parent.hacked = 3\"></iframe>";

fn hostile_texts_are_texts_only(city: City) {
    let crew = Crew::of(&city);
    city.leave_jobs();
    let mut told = message("1", &format!("На Портовой яма, звоните 8 913 123-45-67 {HOSTILE}"));
    told["topic"] = json!("hole-in-road");
    told["author"] = json!({ "id": "1", "name": HOSTILE, "url": "javascript:window.hacked = 4" });
    told["url"] = json!("javascript:window.hacked=5");
    told["place"] = json!({ "street": HOSTILE, "house": "<b>1</b>" });
    told["attachments"] = json!([
        { "kind": "photo", "url": "http://127.0.0.1:9/x.jpg", "name": HOSTILE },
        { "kind": "link", "url": "javascript:window.hacked=6", "name": "<img src=x onerror=alert(3)>" },
    ]);
    let path = Path(city.complaint(&crew.source, told));
    crew.executor.ask("POST", &path.to("work")).send().expect(200);
    let answer = json!({ "kind": "final", "outcome": "resolved", "text": format!("Яму засыпали 10 ноября {HOSTILE}") });
    crew.executor.post(&path.to("answers"), &answer).expect(200);
    crew.executor.ask("POST", &path.to("answers/1/submission")).send().expect(200);
    let rework = json!({ "reason": "other", "text": HOSTILE });
    crew.approver.post(&path.to("answers/1/rework"), &rework).expect(200);
    for screen in [Screen::DESK, Screen::DARK] {
        let window = Window::of_member(&city, Role::Coordinator, organisation::CITY, screen);
        for address in [page(&path), "/work?queue=rework".to_owned()] {
            window.go(&address);
            window.wait_text("main", "<script>window.hacked = 1</script>");
            is_unharmed(&window);
            window.is_accessible();
        }
        window.go(&page(&path));
        window.click_text("summary", "Показать персональные данные");
        window.fill(".told input[name=reason]", HOSTILE);
        window.click_text(".told button", "Показать");
        window.wait_text(".told", "Это записано");
        is_unharmed(&window);
    }
}

/// Nothing of what was sent runs, or stands in the page as anything but text.
#[track_caller]
fn is_unharmed(window: &Window) {
    assert_eq!(window.script("return window.hacked ?? null"), Value::Null);
    let foreign = "main script, main svg[onload], main img[onerror], iframe, a[href^='javascript' i], main b";
    assert_eq!(window.count(foreign), 0, "{:?}", window.texts(foreign));
}

fn a_stale_move_shows_what_changed_meanwhile(city: City) {
    let crew = Crew::of(&city);
    for (n, screen) in [Screen::DESK, Screen::PLAIN].into_iter().enumerate() {
        let path = crew.assigned(&n.to_string());
        let window = Window::of_member(&city, Role::Executor, organisation::WORKS, screen);
        window.go(&page(&path));
        window.wait_text(".moves button", "Взять в работу");
        let change = json!({ "severity": 5 });
        crew.moderator.ask("PATCH", &path.to("")).json(&change).send().expect(200);
        window.click_text(".moves button", "Взять в работу");
        window.wait_text("[role=alert]", "Пока вы смотрели, обращение изменили: 1 запись");
        window.wait_text("[role=alert]", "Исправлено");
        window.wait_text("[role=alert]", "5 — опасность");
        assert_eq!(crew.incident(&path)["step"], "assigned");
        if screen.scripts {
            window.is_accessible();
            window.picture("incident-stale");
        }
        window.click_text("[role=alert] button", "Всё равно выполнить");
        window.wait_text(".head", "В работе");
        assert_eq!(crew.incident(&path)["step"], "in_work");
    }
}

fn personal_data_is_opened_on_record(city: City) {
    let crew = Crew::of(&city);
    let mut told = message("1", "На Портовой яма, звоните 8 913 123-45-67");
    told["topic"] = json!("hole-in-road");
    let path = Path(city.complaint(&crew.source, told));
    let window = somebody(&city, Role::Controller);
    window.go(&page(&path));
    window.wait_text(".told", "Персональные данные скрыты: телефон");
    assert!(!window.text("main").contains("123-45-67"));
    assert!(window.text("main").contains("Никто не открывал"));
    window.click_text("summary", "Показать персональные данные");
    window.fill(".told input[name=reason]", "звоню заявителю");
    window.click_text(".told button", "Показать");
    window.wait_text(".told", "123-45-67");
    window.is_accessible();
    assert!(window.text("main").contains("звоню заявителю"));
    // Looking again shows it masked.
    window.go(&page(&path));
    window.wait_text(".told", "Персональные данные скрыты");
    assert!(!window.text("main").contains("123-45-67"));
    // Who may not see personal data has no button for it.
    let window = somebody(&city, Role::Administrator);
    window.go(&page(&path));
    window.wait_text(".told", "Персональные данные скрыты");
    assert_eq!(window.count("form[action$='/disclosures']"), 0);
}

fn a_long_complaint_stays_readable(city: City) {
    let crew = Crew::of(&city);
    let long = "На Портовой яма, и вот что с ней было дальше. ".repeat(220);
    let mut told = message("1", &long);
    told["topic"] = json!("hole-in-road");
    let path = Path(city.complaint(&crew.source, told));
    for screen in [Screen::DESK, Screen::DARK, Screen::PHONE] {
        let window = Window::of_member(&city, Role::Coordinator, organisation::CITY, screen);
        window.go(&page(&path));
        window.wait(".told details.rest");
        let width = window.script("return document.querySelector('.told .text').getBoundingClientRect().width");
        assert!(width.as_f64().unwrap() < 720.0, "{width}");
        window.click(".told details.rest summary");
        let wide = window.script("return document.documentElement.scrollWidth - innerWidth");
        assert!(wide.as_i64().unwrap() <= 0, "{wide} px too wide");
        window.is_accessible();
        window.picture(&format!("incident-long-{}-{}", screen.width, if screen.dark { "dark" } else { "light" }));
    }
}

fn a_moderator_works_an_incident_through(city: City) {
    let crew = Crew::of(&city);
    let path = Path(city.complaint(&crew.source, message("1", "Что-то случилось, разберитесь")));
    let window = somebody(&city, Role::Moderator);
    window.go(&page(&path));
    window.click_text("summary", "Исправить");
    window.choose("select[name=topic]", "hole-in-road");
    window.fill("input[name=street]", "Портовая улица");
    window.click_text("form[action$='/corrections'] button", "Исправить");
    window.wait_text("#said", "Исправлено");
    window.wait_text(".history", "не указано →");
    window.click_text("summary", "Назначить");
    window.click_text("form[action$='/assignments'] button", "Назначить");
    window.wait_text("#said", "Назначено");
    window.wait_text(".facts-of", "Управа Лукоморска");
    // Every clock tells what made its deadline.
    window.click(".clocks details summary");
    window.wait_text(".clocks", "По какому правилу");
    window.wait_text(".history", "Цепочка записей цела");
    window.is_accessible();
    window.picture("incident-moderator");
    // The merge of two about the same, by number, and back.
    let other = crew.assigned("2");
    let number = crew.incident(&other)["number"].as_i64().unwrap();
    window.click_text("summary", "Объединить");
    window.fill("input[name=into]", &number.to_string());
    window.click_text("form[action$='/merge'] button", "Объединить");
    window.wait_text("main", "Объединено с обращением");
    window.is_accessible();
    window.click_text(".moves button", "Разъединить");
    window.wait_text("#said", "Разъединено");
    // A refusal is shown in the form, and what was typed stays.
    window.click_text("summary", "Объединить");
    window.fill("input[name=into]", "999999");
    window.click_text("form[action$='/merge'] button", "Объединить");
    window.wait_text("form[action$='/merge'] [role=alert]", "ничего нет");
    window.is_accessible();
    // In English too.
    window.go(&page(&path));
    window.click_text("header button", "English");
    window.wait_text("h1", "Incident No.");
    window.is_accessible();
}

fn who_may_not_see_it_is_told_nothing(city: City) {
    let crew = Crew::of(&city);
    let path = crew.assigned("1");
    let window = Window::of_member(&city, Role::Executor, organisation::ISLAND, Screen::DESK);
    window.go(&page(&path));
    window.wait_text("main", "ничего нет");
    let token = city.sign_in_at(Role::Executor, organisation::WORKS).token().expect("a token").to_owned();
    // A form without the sign-in's proof changes nothing, whoever's cookie comes along.
    let anybody = city.anybody();
    let forged = anybody.ask("POST", &format!("{}/work", page(&path)));
    let forged = forged.header("cookie", &format!("otklik_session={token}"));
    let answer = forged.body("application/x-www-form-urlencoded", b"version=2").send();
    assert_eq!(answer.status, 403);
    assert_eq!(crew.incident(&path)["step"], "assigned");
}

fn a_refusal_is_told_in_the_language_of_the_visitor(city: City) {
    let crew = Crew::of(&city);
    let path = Path(city.complaint(&crew.source, message("1", "Продам гараж")));
    crew.moderator.post(&path.to("dismissals"), &json!({ "reason": "advertisement" })).expect(200);
    const FORM: &str = "form[action$='/reopenings']";
    for screen in [Screen::PLAIN, Screen::DESK] {
        let window = Window::of(&city, Role::Controller, screen);
        // The browser counts the blank; the rule does not.
        let refuse = || {
            window.click(&format!("details:has({FORM}) summary"));
            window.fill(&format!("{FORM} textarea"), "ой ");
            window.click(&format!("{FORM} button"));
            window.text(if screen.scripts { "form > [role=alert]" } else { "main > [role=alert]" })
        };
        window.go(&page(&path));
        let told = refuse();
        assert!(told.contains("Причина: нужно от 3 до 1000 знаков"), "{told}");
        assert!(!told.chars().any(|c| c.is_ascii_alphabetic()), "{told}");
        if screen.scripts {
            assert_eq!(window.script(&format!("return document.querySelector(\"{FORM} textarea\").value")), "ой ");
            assert_eq!(window.count("textarea[readonly]"), 0);
            window.is_accessible();
        } else {
            window.wait_text("main label", "Вы отправили");
            assert_eq!(window.text("textarea[readonly]").trim(), "ой");
            window.picture("incident-refused");
        }
        window.go(&page(&path));
        window.click_text("header button", "English");
        window.wait_text("h1", "Incident No.");
        let told = refuse();
        assert!(told.contains("Reason: must have 3 to 1000 characters"), "{told}");
        assert!(told.is_ascii(), "{told}");
        assert_eq!(crew.incident(&path)["step"], "closed");
    }
    // The page of what went wrong is as good as any other.
    let window = Window::of(&city, Role::Controller, Screen::DARK);
    window.go("/map?within=1,2");
    window.wait_text("[role=alert]", "Часть карты: нужны границы в градусах");
    window.is_accessible();
    window.picture("refused-dark");
}
