//! Like complaints among 100,000 open ones: how many are met through the index, and what finding them costs. In memory, with an index
//! that keeps the newest of each key: what a store adds is one lookup of the keys.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use otklik::domain::At;
use otklik::domain::likeness::{
    Circumstances, MOST_SCORED, NEWEST_PER_KEY, Place, Rarity, Sketch, Weights, keys, likeness,
};

const OPEN: usize = 100_000;
const ASKED: usize = 2_000;

/// What people write, by topic; `{}` is a particular of the writer's own.
const COMPLAINTS: &[(&str, &[&str])] = &[
    (
        "heating",
        &[
            "В квартире холодно, батареи еле теплые, {}",
            "Когда дадут отопление? {} Мерзнем вторые сутки",
            "Нет отопления",
        ],
    ),
    (
        "water",
        &[
            "Нет горячей воды, {}",
            "Из крана течет ржавая вода, {} Пить невозможно",
            "Отключили воду и не предупредили, {}",
        ],
    ),
    ("snow", &["Не чистят снег во дворе, {}", "Тротуар в наледи, {} Люди падают", "Не производилась уборка снега"]),
    (
        "pits",
        &[
            "Огромные ямы на дороге, {}",
            "Яма перед въездом во двор, {} Пробил колесо",
            "Размер ямы больше 15 см, ГОСТ Р 50597-2017",
        ],
    ),
    ("waste", &["Не вывозят мусор, {}", "Контейнеры переполнены, {} Мусор разлетается", "Несанкционированная свалка"]),
    ("light", &["Не горят фонари, {}", "Темно, {} Освещение не работает уже неделю", "Не работает уличное освещение"]),
];

const OWN: &[&str] = &[
    "дети болеют",
    "сосед сломал ногу",
    "диспетчер бросает трубку",
    "обещали ещё в пятницу",
    "возле магазина «Ромашка»",
    "у школы 15",
    "писали трижды",
    "бабушка не может выйти",
    "коляску не провезти",
    "напротив аптеки «Здоровье»",
    "с ночи ничего не изменилось",
    "управляющая молчит",
    "у нас маленький ребёнок",
    "приезжали и уехали",
    "возле остановки «Заря»",
];

const FIRST: &[&str] =
    &["Лесная", "Полевая", "Речная", "Садовая", "Горная", "Степная", "Луговая", "Озёрная", "Северная", "Южная"];

/// SplitMix64, so that each run measures the same.
struct Lot(u64);

impl Lot {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap_or(0)
    }

    /// Some are chosen much more often than others.
    fn unfair(&mut self, end: usize) -> usize {
        self.below(end).min(self.below(end)).min(self.below(end))
    }
}

fn complaint(lot: &mut Lot, number: usize) -> (String, Circumstances) {
    let (topic, texts) = COMPLAINTS[lot.unfair(COMPLAINTS.len())];
    let mut text = texts[lot.below(texts.len())].replace("{}", &format!("{}.", OWN[lot.below(OWN.len())]));
    for _ in 0..lot.below(3) {
        text = format!("{text} {}.", OWN[lot.below(OWN.len())]);
    }
    let mut places = Vec::new();
    // Half of the complaints name a place, one in ten streets is named by half of these.
    if lot.below(2) == 0 {
        let street = format!("{} {}-я", FIRST[lot.unfair(FIRST.len())], 1 + lot.unfair(80));
        let house = (1 + lot.unfair(120)).to_string();
        text = format!("{text} Улица {street}, {house}");
        places.push(Place::of(&street, (lot.below(4) > 0).then_some(house.as_str())));
    }
    let pictures = if lot.below(3) == 0 { vec![lot.below(usize::MAX) as u64] } else { vec![] };
    let known = Circumstances {
        places,
        topic: Some(topic.to_owned()),
        group: Some("city".to_owned()),
        municipality: Some(["Кировский", "Советский", "Ленинский"][lot.below(3)].to_owned()),
        at: Some(At::of_microsecond(1_765_000_000_000_000 + number as i64 * 25_000_000)),
        author: Some(lot.below(60_000).to_string()),
        pictures,
    };
    (text, known)
}

/// Prints how many candidates one new complaint meets, and what it costs to find and score them.
pub fn run() {
    let (mut lot, rarity, weights) = (Lot(1), Rarity::default(), Weights::default());
    let mut index: HashMap<i64, Vec<u32>> = HashMap::new();
    let mut open = Vec::with_capacity(OPEN);
    for number in 0..OPEN {
        let (text, known) = complaint(&mut lot, number);
        let sketch = Sketch::new(&text, known, &rarity);
        keys(&sketch).into_iter().for_each(|key| index.entry(key).or_default().push(number as u32));
        open.push(sketch);
    }
    let longest = index.values().map(Vec::len).max().unwrap_or(0);
    let rows: usize = index.values().map(Vec::len).sum();
    println!("likeness: {OPEN} open, {:.1} keys each, the commonest key has {longest}", rows as f64 / OPEN as f64);
    let (mut met, mut unbounded, mut making, mut scoring, mut likely) = (vec![], vec![], vec![], vec![], vec![]);
    for number in OPEN..OPEN + ASKED {
        let (text, known) = complaint(&mut lot, number);
        let begun = Instant::now();
        let sketch = Sketch::new(&text, known, &rarity);
        let own = keys(&sketch);
        making.push(begun.elapsed().as_secs_f64() * 1e6);
        let begun = Instant::now();
        let mut shared: BTreeMap<u32, u32> = BTreeMap::new();
        for key in &own {
            let under = index.get(key).map_or(&[][..], Vec::as_slice);
            under.iter().rev().take(NEWEST_PER_KEY).for_each(|found| *shared.entry(*found).or_default() += 1);
        }
        let mut found: Vec<(u32, u32)> = shared.into_iter().map(|(found, count)| (count, found)).collect();
        met.push(found.len() as f64);
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.truncate(MOST_SCORED);
        let scores = found.iter().map(|(_, found)| likeness(&sketch, &open[*found as usize], &weights).score);
        likely.push(scores.filter(|score| *score >= 0.5).count() as f64);
        scoring.push(begun.elapsed().as_secs_f64() * 1e6);
        unbounded.push(own.iter().map(|key| index.get(key).map_or(0, Vec::len)).sum::<usize>() as f64);
    }
    for (what, mut figures) in [
        ("candidates met", met),
        ("index rows without the bound", unbounded),
        ("sketch and keys, µs", making),
        ("lookup and scoring, µs", scoring),
        ("found likely", likely),
    ] {
        figures.sort_by(f64::total_cmp);
        let at = |share: f64| figures[((figures.len() - 1) as f64 * share) as usize];
        println!("  {what:30} p50 {:10.0}  p99 {:10.0}  most {:10.0}", at(0.5), at(0.99), at(1.0));
    }
}
