//! What the map of incidents is drawn on.

use std::fs;

use super::keys::Keys;
use crate::domain::map::Outline;

/// What the map of incidents is drawn on. With nothing set, only what the policy knows of streets and houses is drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// Outlines of districts, from a GeoJSON file.
    pub outlines: Vec<Outline>,
    /// Whence pictures of the ground come; none: from nowhere.
    pub tiles: Option<Tiles>,
}

/// A server of tiles in Web Mercator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiles {
    /// With `{z}`, `{x}` and `{y}`.
    address: String,
    /// The scheme and host of the address: what pages may take pictures from.
    pub origin: String,
}

impl Tiles {
    /// The address of a tile.
    pub fn of(&self, zoom: u32, x: u32, y: u32) -> String {
        let address = self.address.replace("{z}", &zoom.to_string());
        address.replace("{x}", &x.to_string()).replace("{y}", &y.to_string())
    }

    /// The server at this address; none if it is no address with `{z}`, `{x}` and `{y}` of one host.
    pub fn read(text: &str) -> Option<Tiles> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>;,\\".contains(&byte));
        let whole = ["{z}", "{x}", "{y}"].into_iter().all(|place| text.contains(place));
        let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
        let origin = url.origin().ascii_serialization();
        (plain && whole && !origin.contains('{')).then(|| Tiles { address: text.to_owned(), origin })
    }
}

impl Map {
    pub(super) fn take(keys: &mut Keys, d: Map) -> Map {
        const OUTLINES: &str = "a readable GeoJSON file with polygons, each with a name";
        const TILES: &str =
            "the address of tiles with {z}, {x} and {y}, such as \"https://tiles.example.org/{z}/{x}/{y}.png\"";
        Map {
            outlines: keys
                .text("map.outlines", d.outlines, OUTLINES, |path| Outline::read(&fs::read_to_string(path).ok()?)),
            tiles: keys.text("map.tiles", d.tiles, TILES, |text| Tiles::read(text).map(Some)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_come_from_one_host() {
        let tiles = Tiles::read("https://tiles.example.org/{z}/{x}/{y}.png?key=1").unwrap();
        assert_eq!(tiles.origin, "https://tiles.example.org");
        assert_eq!(tiles.of(3, 5, 7), "https://tiles.example.org/3/5/7.png?key=1");
        for bad in
            ["", "tiles/{z}/{x}/{y}", "https://{x}.example.org/{z}/{y}", "ftp://a/{z}/{x}/{y}", "https://a/{z}/{x}"]
        {
            assert_eq!(Tiles::read(bad), None, "{bad}");
        }
        assert_eq!(Tiles::read("https://a/{z}/{x}/{y}; script-src *"), None);
    }
}
