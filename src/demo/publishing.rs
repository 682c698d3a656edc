//! Where the words of the city stand in its networks: under which post of which page somebody comments, and whom an answer reaches.

use std::collections::VecDeque;

use super::bounded::Bounded;
use super::dice::Dice;
use super::generator::Act;
use super::memory::{Known, Memory};
use super::networks::{Net, Networks, Page, Person, Said};
use crate::domain::At;
use crate::domain::message::{Change, Form, Incoming};

/// How much is remembered of each kind; what is older is past talking about.
const MOST: usize = 5_000;

/// How many of a page's posts people still comment on.
const POSTS: usize = 3;

/// How long, on average, until a page publishes the next post, in seconds.
const NEXT_POST: f64 = 5.0 * 3600.0;

/// How often people turn to the page of the administration where an organisation has one, too.
const ADMINISTRATION: f64 = 0.5;

/// What pages publish.
const NEWS: [&str; 12] = [
    "Доброе утро, Омск! Расскажите, как дела в вашем дворе.",
    "Сегодня бригады работают во всех округах города. Вопросы пишите в комментариях.",
    "Публикуем график работ на неделю.",
    "Приём граждан пройдёт в четверг, запись открыта.",
    "В городе продолжается уборка улиц и дворов.",
    "Напоминаем телефоны дежурных служб, они работают круглосуточно.",
    "Подвели итоги недели: что сделано и что впереди.",
    "Ответили на самые частые вопросы жителей.",
    "Завтра на нескольких улицах изменится схема движения.",
    "Началось обсуждение благоустройства общественных территорий.",
    "Показываем, как идёт ремонт.",
    "Спасибо всем, кто вышел на субботник!",
];

/// A page with the posts that people comment on.
struct Wall {
    page: Page,
    posts: VecDeque<String>,
    next_post: At,
}

/// Something a resident wrote, as it stands in its network.
struct Written {
    /// As it was made up, without what is long.
    message: Incoming,
    known: Option<Known>,
    /// Of its page among all.
    wall: usize,
    key: String,
    /// The post it stands under.
    post: Option<String>,
}

/// Does what residents do in the networks, and remembers where.
pub struct Publishing {
    networks: Networks,
    walls: Vec<Wall>,
    memory: Memory,
    dice: Dice,
    /// By the made-up network and identity of the author; and the page to which they write.
    people: Bounded<(Net, String), (Person, usize)>,
    /// By the made-up identity of the message.
    written: Bounded<String, Written>,
    /// The made-up identity by page and key.
    keys: Bounded<(usize, String), String>,
    /// The made-up identity of what a person wrote to a page in private last.
    talks: Bounded<(usize, String), String>,
    /// How much was said when it was listened last.
    heard: u64,
}

impl Publishing {
    /// On these pages; each has its first post at once.
    pub fn new(networks: Networks, pages: Vec<Page>, memory: Memory, dice: Dice, now: At) -> Publishing {
        let walls = pages.into_iter().map(|page| Wall { page, posts: VecDeque::new(), next_post: now }).collect();
        let mut publishing = Publishing {
            networks,
            walls,
            memory,
            dice,
            people: Bounded::new(MOST),
            written: Bounded::new(MOST),
            keys: Bounded::new(MOST),
            talks: Bounded::new(MOST),
            heard: 0,
        };
        publishing.post(now);
        publishing
    }

    /// Lets the pages publish what is due.
    pub fn post(&mut self, now: At) {
        for wall in self.walls.iter_mut().filter(|wall| wall.next_post <= now) {
            let key = self.networks.post(&wall.page, self.dice.word(&NEWS));
            wall.posts.push_front(key);
            wall.posts.truncate(POSTS);
            wall.next_post = now.plus_seconds(60 + self.dice.wait(NEXT_POST) as i64);
        }
    }

    /// A resident writes what opens a complaint, or else something.
    pub fn open(&mut self, act: &Act, known: Known) {
        self.write(&act.message, Some(known));
    }

    /// A resident goes on with what they wrote before. What was forgotten meanwhile is let be.
    pub fn go_on(&mut self, act: &Act) {
        let message = &act.message;
        if message.change == Change::New {
            return self.write(message, None);
        }
        let Some(written) = self.written.get(&message.external_id) else { return };
        let page = &self.walls[written.wall].page;
        match message.change {
            Change::Edited => {
                if let Some(known) = &written.known {
                    self.memory.keep(page.net.name(), &page.account, &message.text, known.clone());
                }
                self.networks.edit(page, &written.key, &message.text);
            }
            Change::Deleted => self.networks.delete(page, &written.key),
            Change::Restored => self.networks.restore(page, &written.key),
            Change::New => {}
        }
    }

    /// What pages said since the last time, each with the message that it answers, as that was made up; without what answers nobody who
    /// is remembered.
    pub fn answers(&mut self) -> Vec<Incoming> {
        let (said, heard) = self.networks.said_after(self.heard);
        self.heard = heard;
        said.iter().filter_map(|said| self.asked(said).map(|written| written.message.clone())).collect()
    }

    fn asked(&self, said: &Said) -> Option<&Written> {
        let of = |wall: &Wall| wall.page.net == said.net && wall.page.account == said.account;
        let speaker = self.walls.iter().position(of)?;
        if let Some(to) = &said.to {
            return self.written.get(self.talks.get(&(speaker, to.clone()))?);
        }
        let key = said.reply_to.as_ref().or(said.post.as_ref())?;
        let on = |wall: usize| self.keys.get(&(wall, key.clone())).and_then(|id| self.written.get(id));
        let fits = |written: &&Written| said.post.is_none() || written.post == said.post || written.key == *key;
        // A page may answer under the post of another one.
        let others = (0..self.walls.len()).filter(|wall| self.walls[*wall].page.net == said.net && *wall != speaker);
        std::iter::once(speaker).chain(others).filter_map(on).find(fits)
    }

    fn write(&mut self, message: &Incoming, known: Option<Known>) {
        let Some(net) = message.network.as_deref().and_then(Net::named) else { return };
        let Some((person, wall)) = self.person(net, message) else { return };
        let above = message.parent.as_ref().and_then(|parent| self.written.get(parent)).filter(|w| w.wall == wall);
        let above = above.map(|above| (above.key.clone(), above.post.clone()));
        let page = self.walls[wall].page.clone();
        if let Some(known) = &known {
            // Before it is there for all to read.
            self.memory.keep(net.name(), &page.account, &message.text, known.clone());
        }
        let (key, post) = match (message.form, above) {
            (Form::Private, _) => (self.networks.write(&page, &person, &message.text), None),
            (_, Some((above, post))) => self.answer(&page, &person, message, &above, post),
            (_, None) => self.speak(wall, &person, message),
        };
        let id = message.external_id.clone();
        self.keys.put((wall, key.clone()), id.clone());
        if message.form == Form::Private {
            self.talks.put((wall, person.id.clone()), id.clone());
        }
        let bare = Incoming { text: String::new(), attachments: Vec::new(), place: None, ..message.clone() };
        self.written.put(id, Written { message: bare, known, wall, key, post });
    }

    /// Who writes, and on which page: always the same one.
    fn person(&mut self, net: Net, message: &Incoming) -> Option<(Person, usize)> {
        let author = (net, message.author.id.clone());
        if let Some(known) = self.people.get(&author) {
            return Some(known.clone());
        }
        let walls: Vec<usize> = (0..self.walls.len()).filter(|wall| self.walls[*wall].page.net == net).collect();
        let (first, others) = walls.split_first()?;
        let wall = if others.is_empty() || self.dice.chance(ADMINISTRATION) {
            *first
        } else {
            others[self.dice.below(u32::try_from(others.len()).unwrap_or(1)) as usize]
        };
        let person = self.networks.person(net, message.author.name.as_deref().unwrap_or("Житель"));
        self.people.put(author, (person.clone(), wall));
        Some((person, wall))
    }

    /// A first word: on the wall where the network has one, or under a post; its key and the post.
    fn speak(&mut self, wall: usize, person: &Person, message: &Incoming) -> (String, Option<String>) {
        let Wall { page, posts, .. } = &self.walls[wall];
        if message.form == Form::Post
            && let Some(key) = self.networks.wall_post(page, person, &message.text)
        {
            return (key, None);
        }
        // Mostly under the last one.
        let nth = self.dice.below(2) * self.dice.below(u32::try_from(posts.len()).unwrap_or(0));
        let post = posts.get(nth as usize).cloned().unwrap_or_default();
        let pictures = message.attachments.len();
        let key = if page.net == Net::Telegram && pictures > 1 {
            self.networks.album(page, &post, person, &message.text, pictures).into_iter().next().unwrap_or_default()
        } else {
            self.networks.comment(page, &post, person, &message.text, None, pictures)
        };
        (key, Some(post))
    }

    /// A further word of the same author below an earlier one.
    fn answer(
        &self,
        page: &Page,
        person: &Person,
        message: &Incoming,
        above: &str,
        post: Option<String>,
    ) -> (String, Option<String>) {
        // What stands on the wall itself is a post; in Telegram's group it only begins a thread.
        let reply_to = (post.is_some() || page.net == Net::Telegram).then_some(above);
        let post = post.unwrap_or_else(|| above.to_owned());
        let key = self.networks.comment(page, &post, person, &message.text, reply_to, message.attachments.len());
        (key, Some(post))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::demo::data::{DemoData, OMSK, tests::policy};
    use crate::demo::generator::Generator;
    use crate::demo::networks::Options;

    /// A city's visits, written on two pages of each network.
    fn published(visits: usize) -> (Publishing, Vec<Incoming>) {
        let networks = Networks::open(Options::default()).unwrap();
        let pages = Net::ALL.into_iter().flat_map(|net| [networks.page(net, "Город"), networks.page(net, "Район")]);
        let (pages, start): (Vec<_>, At) = (pages.collect(), "2026-03-02T04:00:00Z".parse().unwrap());
        let data = Arc::new(DemoData::read(OMSK).unwrap());
        let mut generator = Generator::new(&policy(OMSK), data, 7, 13.75, start);
        let mut publishing = Publishing::new(networks, pages, Memory::default(), Dice::new(7, 5), start);
        let mut first = Vec::new();
        for _ in 0..visits {
            let visit = generator.visit(start);
            publishing.open(&visit.first, visit.known);
            visit.later.iter().for_each(|act| publishing.go_on(act));
            first.push(visit.first.message);
        }
        (publishing, first)
    }

    #[test]
    fn everything_is_written_in_its_network_and_an_answer_finds_its_author() {
        let (publishing, messages) = published(300);
        for message in messages {
            let written = publishing.written.get(&message.external_id).unwrap();
            let page = &publishing.walls[written.wall].page;
            assert_eq!(Some(page.net.name()), message.network.as_deref());
            assert!(!written.key.is_empty());
            let (person, _) = &publishing.people.get(&(page.net, message.author.id.clone())).unwrap();
            let private = message.form == Form::Private;
            let said = Said {
                net: page.net,
                account: page.account.clone(),
                post: written.post.clone(),
                reply_to: (!private).then(|| written.key.clone()),
                to: private.then(|| person.id.clone()),
                text: "Сделано".to_owned(),
                key: "1".to_owned(),
                at: At::EVER,
                idempotency: None,
            };
            let asked = publishing.asked(&said).unwrap();
            assert_eq!(asked.message.author, message.author, "{message:?}");
        }
    }

    #[test]
    fn what_a_text_is_about_is_known_by_where_it_stands() {
        let (publishing, messages) = published(50);
        for message in messages {
            let written = publishing.written.get(&message.external_id).unwrap();
            let page = &publishing.walls[written.wall].page;
            let incident = crate::domain::Id::new(At::EVER);
            let known = publishing.memory.read(incident, page.net.name(), &page.account, &message.text);
            assert_eq!(known.map(|known| known.truth), written.known.as_ref().map(|known| known.truth.clone()));
        }
    }
}
