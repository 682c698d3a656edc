//! What residents do, the same in every run.

use std::collections::BTreeMap;

use otklik::demo::networks::Net;

/// How many pages there are in each network.
pub const PAGES: usize = 2;

/// How many posts a page has.
pub const POSTS: usize = 6;

/// The share of threads that are over before the answering begins, as one of so many.
const EARLY: usize = 4;

/// So many threads write at once.
const ABREAST: usize = 60;

/// A talk of one person, under a post or in private.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Of all pages, network by network.
    pub page: usize,
    /// None: in private.
    pub post: Option<usize>,
    /// Whether each message is deleted in the end.
    pub deleted: Vec<bool>,
}

impl Thread {
    pub fn net(&self) -> Net {
        Net::ALL[self.page / PAGES]
    }
}

#[derive(Debug, Clone, Copy)]
pub enum What {
    Say { reply: bool, pictures: usize },
    Edit { version: usize },
    Delete,
    Restore,
}

/// Something that happens to a message.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub thread: usize,
    /// Its place in the thread.
    pub message: usize,
    pub what: What,
}

/// The mark by which a message is known in every run.
pub fn mark(thread: usize, message: usize) -> String {
    format!("м{thread}х{message}")
}

/// What a message says; each version is of a topic of its own.
pub fn text(Step { thread, message, what }: Step) -> String {
    let version = if let What::Edit { version } = what { version } else { 0 };
    let topics = ["Яма на дороге", "Нет воды с утра", "Не горит фонарь", "Шумно по ночам"];
    let topic = topics[(thread * 7 + message * 3 + version * 5) % topics.len()];
    format!("{topic}, слов {version}, {}", mark(thread, message))
}

/// The seeded plan.
pub struct Plan {
    pub threads: Vec<Thread>,
    /// Threads that end before anything is answered.
    pub first: Vec<Step>,
    pub second: Vec<Step>,
    /// What VK brings back, when all before has been delivered: it names no times, so the order of arrival is all there is.
    pub third: Vec<Step>,
    /// The threads that are answered: of the first.
    pub answered: Vec<usize>,
}

impl Plan {
    pub fn new(events: usize, seed: u64) -> Plan {
        let mut dice = Dice(seed);
        let mut plan = Plan {
            threads: Vec::new(),
            first: Vec::new(),
            second: Vec::new(),
            third: Vec::new(),
            answered: Vec::new(),
        };
        let restores = events / 100;
        plan.first = plan.part(events / EARLY, &mut dice);
        plan.answered = plan.to_be_answered(events / 50);
        let early = plan.first.len();
        plan.second = plan.part((events - restores).saturating_sub(early), &mut dice);
        for (at, thread) in plan.threads.iter_mut().enumerate().filter(|(_, thread)| thread.net() == Net::Vk) {
            // An answered thread is closed for changes: which message is answered is fixed.
            if plan.answered.contains(&at) {
                continue;
            }
            for (message, deleted) in thread.deleted.iter_mut().enumerate().filter(|(_, deleted)| **deleted) {
                if plan.third.len() < restores {
                    *deleted = false;
                    plan.third.push(Step { thread: at, message, what: What::Restore });
                }
            }
        }
        plan
    }

    pub fn events(&self) -> usize {
        self.first.len() + self.second.len() + self.third.len()
    }

    /// The message that an answer to a thread replies to: the last that stands.
    pub fn asked(&self, thread: usize) -> Option<usize> {
        self.threads[thread].deleted.iter().rposition(|deleted| !deleted)
    }

    /// Threads with about so many steps, in the order in which they happen.
    fn part(&mut self, steps: usize, dice: &mut Dice) -> Vec<Step> {
        let (mut each, mut count) = (Vec::new(), 0);
        while count < steps {
            let of_one = self.thread(dice);
            count += of_one.len();
            each.push(of_one.into_iter());
        }
        let mut all = Vec::with_capacity(count);
        while !each.is_empty() {
            let at = dice.below(each.len().min(ABREAST));
            match each[at].next() {
                Some(step) => all.push(step),
                None => drop(each.remove(at)),
            }
        }
        all
    }

    fn thread(&mut self, dice: &mut Dice) -> Vec<Step> {
        let number = self.threads.len();
        let page = dice.below(Net::ALL.len() * PAGES);
        let net = Net::ALL[page / PAGES];
        // Comments of Odnoklassniki are polled, which is another test's matter.
        let post = (net != Net::Ok && dice.below(5) < 3).then(|| dice.below(POSTS));
        let messages = 1 + dice.below(4);
        let mut thread = Thread { page, post, deleted: vec![false; messages] };
        let mut under_way: Vec<Vec<What>> = Vec::new();
        let mut steps = Vec::new();
        let mut said = 0;
        loop {
            let open: Vec<usize> = (0..under_way.len()).filter(|at| !under_way[*at].is_empty()).collect();
            if said < messages && (open.is_empty() || dice.below(2) == 0) {
                let reply = said > 0 && !thread.deleted[0] && dice.below(2) == 0;
                let pictures = if [Net::Vk, Net::Telegram].contains(&net) && dice.below(4) == 0 { 1 } else { 0 };
                steps.push(Step { thread: number, message: said, what: What::Say { reply, pictures } });
                under_way.push(changes(net, post.is_some(), dice));
                said += 1;
            } else if open.is_empty() {
                break;
            } else {
                let message = open[dice.below(open.len())];
                let what = under_way[message].remove(0);
                thread.deleted[message] |= matches!(what, What::Delete);
                steps.push(Step { thread: number, message, what });
            }
        }
        self.threads.push(thread);
        steps
    }

    /// So many of the threads so far in which something still stands. Comments under one post are answered slowly, as networks want it,
    /// so there are few of them.
    fn to_be_answered(&self, most: usize) -> Vec<usize> {
        let mut under: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut fits = |thread: &usize| {
            let Thread { page, post, .. } = &self.threads[*thread];
            let slow = post.is_some_and(|post| {
                let taken = under.entry((*page, post)).or_default();
                *taken += 1;
                *taken > 3
            });
            self.asked(*thread).is_some() && !slow
        };
        (0..self.threads.len()).filter(|thread| fits(thread)).take(most).collect()
    }
}

/// What happens to a message after it was said.
fn changes(net: Net, comment: bool, dice: &mut Dice) -> Vec<What> {
    let edits = match net {
        Net::Ok => 0,
        // VK does not date them.
        Net::Vk if comment => 1,
        _ => 3,
    };
    let mut all: Vec<What> = Vec::new();
    while all.len() < edits && dice.below(4) == 0 {
        all.push(What::Edit { version: all.len() + 1 });
    }
    // The others tell nobody.
    if (net == Net::Max || (net == Net::Vk && comment)) && dice.below(8) == 0 {
        all.push(What::Delete);
    }
    all
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    /// A number below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).expect("less than a usize")
    }
}
