//! The work of an organisation, by three people: taken, drafted from a template, approved, delivered; without scripts, and on a telephone.

use otklik::domain::Role;
use serde_json::json;

use crate::harness::crew::{Crew, Path};
use crate::harness::server::{City, organisation};
use crate::window::{Screen, Window};

both_engines! {
    three_people_bring_an_answer_on_its_way,
    an_answer_is_sent_back_and_written_anew,
    a_coordinator_passes_on_from_the_list,
    the_queues_are_readable_with_nothing_and_with_much,
    others_have_no_such_page,
}

/// A telephone whose browser runs no scripts.
const PLAIN_PHONE: Screen = Screen { scripts: false, ..Screen::PHONE };

fn with_a_template(city: &City) {
    let templates = json!([{
        "id": "pit", "title": "Яма на дороге", "topic": "hole-in-road", "outcome": "resolved",
        "text": "Здравствуйте! Яму засыпали {date}.",
    }]);
    city.amend(|document| document["templates"] = templates).expect(201);
}

fn three_people_bring_an_answer_on_its_way(city: City) {
    let crew = Crew::of(&city);
    with_a_template(&city);
    for (n, screen) in [Screen::PLAIN, Screen::PHONE, PLAIN_PHONE].into_iter().enumerate() {
        let path = crew.assigned(&n.to_string());
        let executor = Window::of_member(&city, Role::Executor, organisation::WORKS, screen);
        executor.go("/work");
        executor.wait_text(".rows", "На Портовой яма");
        executor.click_text(".rows button", "Взять в работу");
        executor.wait_path("/work?queue=take");
        executor.wait_text("#said", "Взято в работу");
        executor.click_text(".tabs a", "В работе");
        executor.click_text(".rows a", "Написать ответ");
        executor.wait(".answers textarea");
        executor.click(".drafts summary");
        executor.click_text(".drafts a", "Яма на дороге");
        executor.wait_text(".answers", "Осталось вписать: дата или срок");
        // With the blank left, it is refused, and what to fill is said.
        executor.click_text(".answers button", "На согласование");
        executor.wait_text("[role=alert]", "{date}");
        if !screen.scripts {
            executor.go(&format!("/incidents/{}", path.0));
        }
        executor.fill("textarea[name=text]", "Здравствуйте! Яму засыпали 10 ноября.");
        executor.choose("select[name=meant]", "resolved");
        executor.click_text(".answers button", "На согласование");
        executor.wait_text(".head", "На согласовании");

        let approver = Window::of_member(&city, Role::Approver, organisation::CITY, screen);
        approver.go("/work");
        approver.wait_text(".tabs [aria-current]", "На согласовании");
        approver.click_text(".rows a", "Прочитать и согласовать");
        approver.wait_text(".answer", "Яму засыпали 10 ноября");
        approver.click_text(".answer button", "Согласовать");
        approver.wait_text("#said", "Ответ отправляется");
        // Approved, sent and delivered are three facts.
        approver.wait_text(".answer .way", "Согласован");
        approver.wait_text(".answer .way", "В сеть ещё не передан");

        let coordinator = Window::of_member(&city, Role::Coordinator, organisation::CITY, screen);
        coordinator.go("/work?queue=delivery");
        coordinator.click(".rows a.name");
        coordinator.click_text(".answer summary", "Ответ опубликован");
        coordinator.fill("input[name=permalink]", "https://vk.example/wall-1_1");
        coordinator.click_text("form[action$='/delivery'] button", "Ответ опубликован");
        coordinator.wait_text(".answer .way", "Опубликован");
        let link = coordinator.attribute(".answer .way a", "href");
        assert_eq!(link.as_deref(), Some("https://vk.example/wall-1_1"));
        if screen.scripts {
            coordinator.is_accessible();
        }
        assert_eq!(crew.incident(&path)["step"], "awaiting_author");
        assert!(crew.kinds_of_events(&path).ends_with(&["approved".to_owned(), "delivered".to_owned()]));
    }
    city.run_jobs();
}

fn an_answer_is_sent_back_and_written_anew(city: City) {
    let crew = Crew::of(&city);
    let path = crew.in_work("1");
    let page = format!("/incidents/{}", path.0);
    crew.submitted(&path, 1, "final");
    let approver = Window::of_member(&city, Role::Approver, organisation::CITY, Screen::DESK);
    approver.go(&page);
    approver.click_text(".answer summary", "На доработку");
    approver.choose("form[action$='/rework'] select[name=reason]", "no_date");
    approver.fill("form[action$='/rework'] textarea", "Назовите дату работ");
    approver.click_text("form[action$='/rework'] button", "На доработку");
    approver.wait_text("#said", "Возвращено на доработку");
    let executor = Window::of_member(&city, Role::Executor, organisation::WORKS, Screen::PHONE);
    executor.go("/work?queue=rework");
    executor.click_text(".rows a", "Написать ответ");
    executor.wait_text(".sent-back", "Назовите дату работ");
    executor.fill("textarea[name=text]", "Факт подтверждён, яма есть.");
    executor.choose("select[name=meant]", "not_resolved");
    executor.click_text(".answers button", "Сохранить черновик");
    // What speaks against it is said before anybody else sees it.
    executor.wait_text(".concerns", "срок не назван");
    executor.is_accessible();
    executor.picture("incident-draft-phone");
    executor.click_text(".answers button", "На согласование");
    executor.wait_text(".head", "На согласовании");
    approver.go(&page);
    approver.wait_text(".concerns", "Так согласовать нельзя");
    approver.click_text(".answer button", "Согласовать");
    approver.wait_text("[role=alert]", "замечания");
    approver.click(".answer input[name=missing_date]");
    approver.click_text(".answer button", "Согласовать");
    approver.wait_text(".head", "Согласовано");
    approver.wait_text(".history", "Согласую, хотя срок не назван");
    city.run_jobs();
}

fn a_coordinator_passes_on_from_the_list(city: City) {
    let crew = Crew::of(&city);
    let path = crew.assigned("1");
    for screen in [Screen::DESK, Screen::PLAIN] {
        let window = Window::of_member(&city, Role::Coordinator, organisation::CITY, screen);
        window.go("/work");
        window.click_text(".rows .pass summary", "Передать");
        let to = if screen.scripts { organisation::WATER } else { organisation::WORKS };
        window.choose(".rows select[name=executor]", to);
        window.click_text(".rows .pass button", "Передать");
        window.wait_text("#said", "Передано исполнителю");
        assert_eq!(crew.incident(&path)["executor"], to);
    }
}

fn the_queues_are_readable_with_nothing_and_with_much(city: City) {
    let crew = Crew::of(&city);
    let queues = ["take", "work", "approval", "rework", "delivery", "failed", "author", "deferred"];
    for screen in [Screen::DESK, Screen::DARK, Screen::PHONE] {
        let window = Window::of_member(&city, Role::Coordinator, organisation::CITY, screen);
        for queue in queues {
            window.go(&format!("/work?queue={queue}"));
            window.wait(".empty");
            window.is_accessible();
        }
    }
    let all: Vec<Path> = (0..60).map(|n| crew.assigned(&n.to_string())).collect();
    city.advance(std::time::Duration::from_secs(9 * 3600));
    for screen in [Screen::DESK, Screen::DARK, Screen::PHONE] {
        let window = Window::of_member(&city, Role::Coordinator, organisation::CITY, screen);
        window.go("/work");
        assert_eq!(window.count(".rows > li"), 50);
        assert!(window.text(".tabs [aria-current]").contains("60"));
        window.is_accessible();
        let wide = window.script("return document.documentElement.scrollWidth - innerWidth");
        assert!(wide.as_i64().unwrap() <= 0, "{wide} px too wide");
        window.picture(&format!("work-{}-{}", screen.width, if screen.dark { "dark" } else { "light" }));
        window.click(".pager a");
        window.until("the second page", || window.count(".rows > li") == all.len() - 50);
    }
}

fn others_have_no_such_page(city: City) {
    let window = Window::of(&city, Role::Administrator, Screen::DESK);
    window.go("/work");
    window.wait_text("main [role=alert]", "нет на это права");
    assert_eq!(window.count("header nav a[href='/work']"), 0);
}
