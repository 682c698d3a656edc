//! Windows of people who begin at their account: so tests of these pages need no other page.

use otklik::domain::Role;

use crate::harness::server::{City, PASSWORD, organisation};
use crate::window::{Screen, Window};

/// Somebody of a role, at the root of the city.
pub fn of(city: &City, role: Role, screen: Screen) -> Window {
    of_member(city, role, organisation::ROOT, screen)
}

/// Somebody of a role, in an organisation.
pub fn of_member(city: &City, role: Role, organisation: &str, screen: Screen) -> Window {
    of_login(city, &city.hire(role, organisation), screen)
}

/// A member by the login.
pub fn of_login(city: &City, login: &str, screen: Screen) -> Window {
    let window = Window::on(city, screen);
    sign_in(&window, login, PASSWORD);
    window.wait("header nav");
    window
}

/// Fills the form of signing in and sends it.
pub fn sign_in(window: &Window, login: &str, password: &str) {
    window.go("/account");
    window.fill("input[name=login]", login);
    window.fill("input[name=password]", password);
    window.click("main form button");
}
