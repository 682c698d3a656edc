//! Official pages: registered, connected, looked after, let go; keys are never shown.

use std::fs;

use otklik::demo::networks::Net;
use otklik::domain::Role;
use serde_json::json;

use crate::harness::networks::{Town, keys};
use crate::harness::server::organisation;
use crate::window::{Screen, Window};

both_engines! { a_page_is_registered_connected_and_let_go, a_table_is_looked_at_before_it_is_taken, whoever_only_sees_pages_changes_none }

fn a_page_is_registered_connected_and_let_go(town: Town) {
    let vk = town.networks.page(Net::Vk, "Управа Лукоморска");
    let window = Window::of(&town.city, Role::Administrator, Screen::DESK);
    window.go("/pages");
    window.wait_text("main p", "Страниц нет");
    window.click_text("main a", "Зарегистрировать");
    window.choose("select[name=network]", "vk");
    window.fill("input[name=account]", &vk.account);
    window.fill("input[name=title]", "Управа Лукоморска");
    window.choose("select[name=organisation]", organisation::CITY);
    window.click_text("button", "Зарегистрировать");
    window.wait_text("#said", "Страница зарегистрирована");
    window.is_accessible();
    // A token that the network does not take changes nothing.
    window.fill("input[name='key.token']", "vk1.a.wrong");
    window.fill("input[name='key.secret']", "a-secret-of-ours-1");
    window.click("form[autocomplete=off] button");
    window.wait("form > [role=alert]");
    let given = keys(&vk);
    let token = given["token"].as_str().expect("a token").to_owned();
    window.fill("input[name='key.token']", &token);
    window.click("form[autocomplete=off] button");
    window.wait_text("#said", "Страница подключена");
    window.wait_text("#state", "подключена");
    let shown = window.script("return document.documentElement.outerHTML");
    let shown = shown.as_str().expect("a page");
    assert!(!shown.contains(&token) && !shown.contains("a-secret-of-ours-1"), "a key is shown");
    window.click_text("button", "Проверить");
    window.wait_text("#said", "Сеть ответила");
    window.is_accessible();
    window.picture("official-page");
    window.go("/pages");
    window.wait_text("main td", "подключена");
    window.is_accessible();
    window.picture("official-pages");
    window.click("main tbody a");
    window.click_text("button", "Отключить");
    window.wait_text("#said", "Страница отключена");
    window.wait_text("#state", "отключена");
    town.city.leave_jobs();
}

fn a_table_is_looked_at_before_it_is_taken(town: Town) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pages.csv");
    let pages =
        || town.city.sign_in(Role::Administrator).get("/api/v1/pages?total=true").expect(200).json()["total"].clone();
    for screen in [Screen::DESK, Screen::PLAIN] {
        let window = Window::of(&town.city, Role::Administrator, screen);
        fs::write(&file, "Сеть,Организация,Название,Идентификатор\nвк,Нет такой,Управа,41\n").expect("a file");
        window.go("/pages/import");
        window.attach("input[type=file]", &file);
        window.click("main form button");
        window.wait_text("[role=alert]", "1 ошибка");
        let account = if screen.scripts { "41" } else { "42" };
        fs::write(&file, format!("Сеть,Организация,Название,Идентификатор\nвк,harbour-city,Управа,{account}\n"))
            .expect("a file");
        let before = pages();
        window.go("/pages/import");
        window.attach("input[type=file]", &file);
        window.click("main form button");
        window.wait("#report");
        assert_eq!(pages(), before, "looking takes nothing");
        window.attach("input[type=file]", &file);
        window.click_text("button", "Взять таблицу");
        window.wait_text("#said", "Таблица взята");
        assert_eq!(pages(), json!(before.as_i64().expect("a number") + 1));
    }
}

fn whoever_only_sees_pages_changes_none(town: Town) {
    let open = town.page(Net::Telegram);
    let window = Window::of_member(&town.city, Role::Coordinator, organisation::CITY, Screen::DARK);
    window.go(&format!("/pages/{}", open.id));
    window.wait("#state");
    assert_eq!(window.count("main form"), 0);
    let shown = window.script("return document.documentElement.outerHTML");
    let hook = open.hook.expect("a hook");
    assert!(!shown.as_str().expect("a page").contains(&hook), "whoever knows the address may knock there");
    window.is_accessible();
    // Beside their part of the tree there is no such page.
    let other = Window::of_member(&town.city, Role::Coordinator, organisation::ISLAND, Screen::DESK);
    other.go(&format!("/pages/{}", open.id));
    other.wait_text("[role=alert]", "ничего нет");
    town.city.leave_jobs();
}
