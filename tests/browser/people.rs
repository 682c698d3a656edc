//! Windows of people of a city.

use otklik::domain::Role;

use crate::harness::server::{City, PASSWORD, organisation};
use crate::window::{Screen, Window};

impl Window {
    /// Opens a window on a city, signed in by nobody.
    pub fn on(city: &City, screen: Screen) -> Window {
        Window::at(&city.url(), screen)
    }

    /// Opens a window and signs somebody of a role in, at the root of the city.
    pub fn of(city: &City, role: Role, screen: Screen) -> Window {
        Window::of_login(city, &city.hire(role, organisation::ROOT), screen)
    }

    /// Opens a window and signs somebody of a role in, in an organisation.
    pub fn of_member(city: &City, role: Role, organisation: &str, screen: Screen) -> Window {
        Window::of_login(city, &city.hire(role, organisation), screen)
    }

    /// Opens a window and signs a member in.
    pub fn of_login(city: &City, login: &str, screen: Screen) -> Window {
        let window = Window::on(city, screen);
        window.sign_in(login, PASSWORD);
        window.wait("header nav");
        window
    }
}
