//! Made-up complaints, in a small vocabulary. The same number always makes the same complaint.

use otklik::channels::webhook;
use otklik::domain::{At, Policy};
use serde_json::{Value, json};

use super::client;

const WHERE: [&str; 12] = [
    "во дворе",
    "на остановке",
    "у школы",
    "возле дома",
    "на перекрёстке",
    "в подъезде",
    "у детского сада",
    "за гаражами",
    "на парковке",
    "у поликлиники",
    "вдоль дороги",
    "на тротуаре",
];
const WHAT: [&str; 13] = [
    "нет горячей воды",
    "не вывозят мусор",
    "не горят фонари",
    "яма глубиной по колено",
    "течёт крыша",
    "батареи холодные",
    "автобус не пришёл по расписанию",
    "бродячие собаки",
    "открытый люк без крышки",
    "сломаны качели",
    "не работает лифт",
    "шум ремонта по ночам",
    "засор канализации",
];
const SNOW: &str = "снег не убирают, сугробы по пояс";
const SINCE: [&str; 8] = [
    "третий день",
    "уже неделю",
    "с понедельника",
    "второй месяц",
    "с прошлой осени",
    "каждое утро",
    "после выходных",
    "давно",
];
const PLEA: [&str; 8] = [
    "Примите меры.",
    "Сколько можно терпеть?",
    "Управляющая компания не отвечает на звонки.",
    "Просим разобраться и ответить.",
    "Дети не могут пройти.",
    "Пожилым людям опасно ходить.",
    "Писали уже трижды, ответа нет.",
    "Когда это закончится?",
];
const STREETS: [&str; 10] = [
    "проспект Мира",
    "улица 70 лет Октября",
    "улица Красный Путь",
    "проспект Маркса",
    "улица 10 лет Октября",
    "улица Дианова",
    "улица Конева",
    "улица Перелёта",
    "улица Богдана Хмельницкого",
    "бульвар Архитекторов",
];

/// Makes complaints to one policy's topics and places.
pub struct Talk {
    topics: Vec<String>,
    municipalities: Vec<String>,
}

impl Talk {
    pub fn new(policy: &Policy) -> Talk {
        let doc = policy.doc();
        Talk {
            topics: doc.topics.iter().map(|topic| topic.id.clone()).collect(),
            municipalities: doc.municipalities.iter().map(|municipality| municipality.title.clone()).collect(),
        }
    }

    /// Complaint `n`: every second one comes with its topic, every third with a picture, one text in twelve is about snow.
    pub fn complaint(&self, n: u64, at: At) -> Value {
        let mut dice = Dice::new(n);
        let what = if dice.below(12) == 0 { SNOW } else { dice.of(&WHAT) };
        let (street, house) = (dice.of(&STREETS), dice.below(150) + 1);
        let mut text = format!("Здравствуйте! {street}, {house}: {} {what} {}.", dice.of(&WHERE), dice.of(&SINCE));
        for _ in 0..=dice.below(3) {
            text.push(' ');
            text.push_str(dice.of(&PLEA));
        }
        let city = dice.below(5) > 0;
        let municipality = if city { self.municipalities[0].as_str() } else { dice.of(&self.municipalities) };
        let mut complaint = json!({
            "external_id": format!("wall-{n}"),
            "account": "omsk_admin",
            "author": { "id": format!("id{}", dice.below(40_000)), "name": "Анна К.", "url": "https://vk.example/id1" },
            "url": format!("https://vk.example/wall-{n}"),
            "text": text,
            "place": { "municipality": municipality, "street": street, "house": house.to_string() },
            "published_at": at,
        });
        if dice.below(2) == 0 {
            complaint["topic"] = json!(dice.of(&self.topics));
        }
        if dice.below(3) == 0 {
            complaint["attachments"] = json!([{ "kind": "photo", "url": "https://vk.example/photo-1.jpg" }]);
        }
        complaint
    }

    /// The same as a signed request.
    pub fn request(&self, secret: &[u8], numbers: &[u64], at: At) -> Vec<u8> {
        let mut all: Vec<Value> = numbers.iter().map(|n| self.complaint(*n, at)).collect();
        let body = match all.as_mut_slice() {
            [one] => one.take(),
            several => json!(several),
        };
        signed(secret, body.to_string().as_bytes(), at)
    }
}

/// A webhook's request.
pub fn signed(secret: &[u8], body: &[u8], at: At) -> Vec<u8> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let seconds = at.as_second();
    let signature = webhook::sign(secret, &id, seconds, body);
    let headers = [
        ("webhook-id", id.as_str()),
        ("webhook-timestamp", &seconds.to_string()),
        ("webhook-signature", signature.as_str()),
    ];
    client::request("POST", "/hooks/webhook/bench", &headers, body)
}

/// SplitMix64: repeatable, and good enough for dice.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x0741_61c5)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    pub fn of<'a, S: AsRef<str>>(&mut self, all: &'a [S]) -> &'a str {
        let place = usize::try_from(self.below(all.len() as u64)).unwrap_or(0);
        all[place].as_ref()
    }
}
