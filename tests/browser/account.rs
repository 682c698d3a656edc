//! One's own account.

use otklik::domain::Role;
use serde_json::json;

use crate::harness::server::{City, PASSWORD, organisation};
use crate::window::{Screen, Window};

both_engines! { a_password_is_changed_and_ends_other_sign_ins, other_sign_ins_are_ended, language_theme_and_letters_are_chosen }

const OTHER: &str = "другой пароль 2";

fn change_password(window: &Window, current: &str, again: &str) {
    window.go("/account");
    window.fill("input[name=current]", current);
    window.fill("input[name=password]", OTHER);
    window.fill("input[name=again]", again);
    window.click_text("button", "Сменить пароль");
}

fn a_password_is_changed_and_ends_other_sign_ins(city: City) {
    let login = city.hire(Role::Executor, organisation::WORKS);
    let (here, elsewhere) =
        (Window::of_login(&city, &login, Screen::DESK), Window::of_login(&city, &login, Screen::PLAIN));
    change_password(&here, "не тот пароль", OTHER);
    here.wait("form > [role=alert]");
    change_password(&here, PASSWORD, "опечатка в пароле");
    here.wait("form > [role=alert]");
    elsewhere.go("/account");
    elsewhere.wait("#sign-ins");
    change_password(&here, PASSWORD, OTHER);
    here.wait_text("#said", "Пароль сменён");
    here.wait("#sign-ins");
    assert_eq!(here.count("#sign-ins li"), 1);
    elsewhere.go("/account");
    elsewhere.wait("input[name=login]");
    elsewhere.sign_in(&login, PASSWORD);
    elsewhere.wait("[role=alert]");
    elsewhere.sign_in(&login, OTHER);
    elsewhere.wait("header nav");
}

fn other_sign_ins_are_ended(city: City) {
    let login = city.hire(Role::Moderator, organisation::ROOT);
    let (here, elsewhere) =
        (Window::of_login(&city, &login, Screen::DESK), Window::of_login(&city, &login, Screen::DESK));
    here.go("/account");
    here.wait("#sign-ins");
    assert_eq!(here.count("#sign-ins li"), 2);
    assert_eq!(here.texts("#sign-ins strong").len(), 1);
    here.click_text("button", "Выйти на других");
    here.wait_text("#said", "На других устройствах вход завершён");
    assert_eq!(here.count("#sign-ins li"), 1);
    elsewhere.go("/account");
    elsewhere.wait("input[name=login]");
}

fn language_theme_and_letters_are_chosen(city: City) {
    let login = city.hire_with(Role::Coordinator, organisation::CITY, "ru", Some("anna@example.org"));
    for screen in [Screen::DESK, Screen::DARK, Screen::PHONE] {
        let window = Window::of_login(&city, &login, screen);
        window.go("/account");
        window.wait("h1");
        window.is_accessible();
        window.picture(&format!("account-{}-{}", screen.width, if screen.dark { "dark" } else { "light" }));
    }
    let window = Window::of_login(&city, &login, Screen::DESK);
    window.go("/account");
    window.click("input[name=deadline_near]");
    window.click("form[action='/account/notices'] button");
    window.wait_text("#said", "Сохранено");
    let token = city.session(&login)["access_token"].as_str().expect("a token").to_owned();
    let settings = city.client(Some(token.clone())).get("/api/v1/me/notices").expect(200).json();
    assert_eq!(settings["off"], json!(["deadline_near"]));
    window.go("/account");
    window.choose("select[name=theme]", "dark");
    window.go("/account");
    window.until("the theme to last", || window.script("return document.documentElement.dataset.theme") == "dark");
    window.is_accessible();
    window.choose("select[name=language]", "en");
    window.click("form[action='/account/language'] button");
    window.wait_text("#said", "Saved");
    window.wait_text("h1", "Account");
    assert_eq!(city.client(Some(token)).get("/api/v1/me").expect(200).json()["language"], "en");
}
