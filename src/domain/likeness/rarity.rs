//! How much a word says: what stands in every complaint says nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::hash;
use crate::domain::text::{fold, stem, words};

/// How rare each stem is among a city's complaints. The default knows the words of courtesy and the commonest things, and is right for
/// a city that has no complaints yet; the more texts a table is built from, the less it leans on that.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rarity {
    texts: u32,
    /// In how many texts a stem occurs, by the stem's hash. Stems of one text only are left out.
    counts: BTreeMap<u64, u32>,
}

/// The most stems that are kept: the commonest.
const MOST_STEMS: usize = 50_000;

/// As many texts as the built-in table is worth.
const BUILT_IN_WORTH: f32 = 500.0;

/// What a word says that the built-in table does not know.
const UNKNOWN: f32 = 0.75;

impl Rarity {
    /// The table of a city's texts. Repeats should be left in: a phrase of a template is common.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let (mut number, mut counts) = (0_u32, HashMap::<u64, u32>::new());
        for text in texts {
            number = number.saturating_add(1);
            let folded = fold(text);
            let stems: HashSet<u64> = words(&folded).map(|word| key(&stem(word))).collect();
            for stem in stems {
                *counts.entry(stem).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
        counts.sort_unstable_by_key(|(stem, count)| (std::cmp::Reverse(*count), *stem));
        counts.truncate(MOST_STEMS);
        Self { texts: number, counts: counts.into_iter().collect() }
    }

    /// How much a stem says, from 0 to 1.
    pub(super) fn weight(&self, stem: &str) -> f32 {
        let built_in = BUILT_IN.get(stem).copied().unwrap_or(UNKNOWN);
        if self.texts == 0 {
            return built_in;
        }
        let texts = self.texts as f32;
        let count = self.counts.get(&key(stem)).copied().unwrap_or(0) as f32;
        let counted = ((texts + 1.0) / (count + 1.0)).ln() / (texts + 1.0).ln();
        (texts * counted + BUILT_IN_WORTH * built_in) / (texts + BUILT_IN_WORTH)
    }
}

/// Whether a stem is one of the commonest, which are nobody's name.
pub(super) fn is_common(stem: &str) -> bool {
    BUILT_IN.contains_key(stem)
}

fn key(stem: &str) -> u64 {
    hash(b'r', &[stem])
}

/// Courtesy, grammar and the machinery of complaining: they say next to nothing.
const EMPTY: &str = "и в на не по с у к о от до за из для при под над без про через между около возле рядом а но или что это как так \
    же ли бы то еще уже очень там тут здесь где когда кто чем если чтобы тоже также только даже нет есть был была было были будет \
    быть я мы вы он она оно они мне нам вам вас нас нами вами его ее их ему мой моя мое наш наша наше наши ваш ваша ваше свой своя \
    себя этот эта эти этого этой этом тот та те той того весь вся все всё всех всей всю всем какой какая какие который которая \
    которые которой которого здравствуйте здравствуй добрый доброе день дня вечер утро сутки привет уважаемый уважаемая прошу \
    просим просьба пожалуйста спасибо заранее благодарю сообщаю сообщить сообщение обращаюсь обращаемся обращение обращался \
    обращались жалоба заявка заявление помогите помощь примите принять меры мера решить решите решение вопрос проблема разобраться \
    подскажите скажите ответ ответьте хочу хотим хотел хотелось хотелось можно нужно надо может могут сделать сделайте сделали \
    делать делают дать дайте очередной раз снова опять повторно до сих пор просто почему какие поводу связи данный данная данной \
    данном имя находится нахожусь является соответствует соответствии согласно далее ещё вообще совсем никто ничего никак ни \
    раньше сейчас теперь давно постоянно каждый несколько много мало более менее больше один два три уважением организовать";

/// What is spoken of in every other complaint.
const COMMON: &str = "дом дома доме домов улица улице улицы ул двор дворе дворы город города городе район районе области область \
    микрорайон поселок село деревня дорога дороги дороге дорог дорожный дорожное житель жители люди человек дети ребенок год года \
    лет месяц неделя неделю дней часов время администрация управляющая компания ук жкх служба комитет организация ремонт работа \
    работы работает работают установить установка убрать уборка ситуация состояние невозможно ужасный ужасном территория место \
    часть проезжая сторона проспект переулок проезд площадь шоссе квартира подъезд этаж номер адрес адресу россия российский \
    машина автомобиль транспорт движение проехать пройти ходить ездить отсутствие отсутствует отсутствуют неработающий убирают \
    чистят мусор вода воды яма ямы снег свет освещение дерево деревья площадка остановка тротуар пешеходный";

static BUILT_IN: LazyLock<HashMap<String, f32>> = LazyLock::new(|| {
    let table = [(COMMON, 0.35), (EMPTY, 0.05)];
    let entries = table
        .iter()
        .flat_map(|(listed, weight)| words(listed).map(move |word| (stem(&fold(word)).into_owned(), *weight)));
    entries.collect()
});
