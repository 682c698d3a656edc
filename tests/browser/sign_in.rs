//! Signing in and out, the language, and what everybody is led to.

use otklik::domain::Role;

use crate::harness::server::{City, organisation};
use crate::window::{Screen, Window};

both_engines! { somebody_signs_in_and_out, a_page_leads_to_the_form_and_back, the_form_is_accessible, everybody_begins_where_they_work }

fn somebody_signs_in_and_out(city: City) {
    let login = city.hire(Role::Moderator, organisation::ROOT);
    for screen in [Screen::DESK, Screen::PLAIN] {
        let window = Window::on(&city, screen);
        window.sign_in(&login, "не тот пароль");
        window.wait_text("[role=alert]", "Логин или пароль не подходит");
        window.sign_in(&login, crate::harness::server::PASSWORD);
        window.wait("header nav");
        let cookie = window.own("Network.getCookies", serde_json::json!({}))["cookies"].clone();
        let session =
            cookie.as_array().unwrap().iter().find(|one| one["name"] == "otklik_session").expect("a cookie").clone();
        assert_eq!((&session["httpOnly"], &session["sameSite"]), (&true.into(), &"Lax".into()));
        window.go("/account");
        window.click_text("header button", "Выйти");
        window.wait("input[name=password]");
        // The cookie of before is worth nothing any more, even to who kept it.
        let value = session["value"].as_str().unwrap();
        let anybody = city.anybody();
        let kept = anybody.ask("GET", "/").header("cookie", &format!("otklik_session={value}"));
        let answer = kept.header("accept", "text/html").send();
        assert_eq!(answer.status, 303);
        assert!(answer.headers["location"].to_str().unwrap().starts_with("/sign-in"));
    }
}

fn a_page_leads_to_the_form_and_back(city: City) {
    let login = city.hire(Role::Controller, organisation::ROOT);
    let window = Window::on(&city, Screen::DESK);
    window.go("/account?a=1");
    window.wait("input[name=login]");
    window.fill("input[name=login]", &login);
    window.fill("input[name=password]", crate::harness::server::PASSWORD);
    window.click("main form button");
    window.wait_path("/account?a=1");
}

fn the_form_is_accessible(city: City) {
    for screen in [Screen::DESK, Screen::DARK, Screen::PHONE] {
        let window = Window::on(&city, screen);
        window.go("/sign-in");
        window.is_accessible();
        window.picture(&format!("sign-in-{}-{}", screen.width, if screen.dark { "dark" } else { "light" }));
        window.click_text("button", "English");
        window.wait_text("h1", "Sign in");
        window.is_accessible();
    }
}

fn everybody_begins_where_they_work(city: City) {
    let begins = [
        (Role::Moderator, organisation::ROOT, "/desk"),
        (Role::Controller, organisation::ROOT, "/desk"),
        (Role::Coordinator, organisation::CITY, "/work"),
        (Role::Executor, organisation::WORKS, "/work"),
        (Role::Approver, organisation::CITY, "/work"),
        (Role::Administrator, organisation::ROOT, "/search"),
    ];
    for (role, organisation, path) in begins {
        let answer = {
            let token = city.sign_in_at(role, organisation).token().expect("a token").to_owned();
            let anybody = city.anybody();
            let asked = anybody.ask("GET", "/").header("cookie", &format!("otklik_session={token}"));
            asked.header("accept", "text/html").send()
        };
        assert_eq!((answer.status, answer.headers["location"].to_str().unwrap()), (303, path), "{role}");
    }
}
