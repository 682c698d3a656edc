use proptest::prelude::*;

use super::*;

/// A scene of blurred blobs, the same for the same seed in any size, as rows of brightness.
fn scene(seed: u32, width: usize, height: usize) -> Vec<u8> {
    let blob = |n: u32| {
        let lot = |k: u32| {
            let mixed = (seed * 97 + n * 31 + k * 57).wrapping_mul(2_654_435_761_u32.wrapping_mul(n + k + 1));
            (mixed >> 16) as f32 / 65_536.0
        };
        (lot(1) % 1.0, lot(2) % 1.0, 0.05 + 0.2 * (lot(3) % 1.0), if n.is_multiple_of(2) { 140.0 } else { -110.0 })
    };
    let blobs: Vec<_> = (0..9).map(blob).collect();
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (x, y) = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
            let light = |(cx, cy, size, light): &(f32, f32, f32, f32)| {
                light * (-((x - cx).powi(2) + (y - cy).powi(2)) / (2.0 * size * size)).exp()
            };
            pixels.push((120.0 + blobs.iter().map(light).sum::<f32>()).clamp(0.0, 255.0) as u8);
        }
    }
    pixels
}

fn as_png(pixels: &[u8], width: u32, height: u32, colour: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(if colour { png::ColorType::Rgba } else { png::ColorType::Grayscale });
    let data: Vec<u8> =
        if colour { pixels.iter().flat_map(|grey| [*grey, *grey, *grey, 255]).collect() } else { pixels.to_vec() };
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    file
}

fn as_webp(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let data: Vec<u8> = pixels.iter().flat_map(|grey| [*grey, *grey, *grey]).collect();
    image_webp::WebPEncoder::new(&mut file).encode(&data, width, height, image_webp::ColorType::Rgb8).unwrap();
    file
}

fn apart(a: u64, b: u64) -> u32 {
    (a ^ b).count_ones()
}

#[test]
fn size_coding_and_brightness_do_not_matter() {
    for seed in 1..6 {
        let hash = picture_hash(&as_png(&scene(seed, 400, 300), 400, 300, false)).unwrap();
        let smaller = picture_hash(&as_webp(&scene(seed, 160, 120), 160, 120)).unwrap();
        let larger = picture_hash(&as_png(&scene(seed, 601, 453), 601, 453, true)).unwrap();
        let darker: Vec<u8> = scene(seed, 400, 300).iter().map(|pixel| pixel / 2 + 20).collect();
        let darker = picture_hash(&as_png(&darker, 400, 300, false)).unwrap();
        for other in [smaller, larger, darker] {
            assert!(apart(hash, other) <= 6, "scene {seed}: {} bits", apart(hash, other));
        }
    }
}

#[test]
fn other_pictures_have_other_hashes() {
    let hashes: Vec<u64> =
        (1..30).map(|seed| picture_hash(&as_png(&scene(seed, 80, 60), 80, 60, false)).unwrap()).collect();
    let pairs = (0..hashes.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
    let near = pairs.filter(|(a, b)| apart(hashes[*a], hashes[*b]) <= 6).count();
    assert_eq!(near, 0);
}

#[test]
fn a_jpeg_has_the_hash_of_its_scene() {
    let coded = picture_hash(include_bytes!("tests/scene.jpg")).unwrap();
    let plain = picture_hash(&as_png(&scene(3, 400, 300), 400, 300, false)).unwrap();
    assert!(apart(coded, plain) <= 6, "{} bits", apart(coded, plain));
}

#[test]
fn what_shows_nothing_or_is_none_has_no_hash() {
    assert_eq!(picture_hash(b""), None);
    assert_eq!(picture_hash(b"%PDF-1.7"), None);
    assert_eq!(picture_hash(&[0xff, 0xd8, 0xff, 0xe0]), None);
    assert_eq!(picture_hash(&as_png(&[200; 64 * 64], 64, 64, false)), None, "a blank sheet");
}

#[test]
fn a_bomb_is_refused_by_its_size() {
    // A header that promises 60 000 by 60 000 pixels; no data of them need follow.
    let mut file = as_png(&scene(1, 32, 32), 32, 32, false);
    file[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    file[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let sum = crc(&file[12..29]);
    file[29..33].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(picture_hash(&file), None);
}

fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

proptest! {
    #[test]
    fn broken_files_do_no_harm(kind in 0_usize..3, at in 0_usize..4000, with in any::<u8>(), cut in 0_usize..4000) {
        let scene = scene(3, 48, 48);
        let mut file = match kind {
            0 => as_png(&scene, 48, 48, true),
            1 => as_webp(&scene, 48, 48),
            _ => include_bytes!("tests/scene.jpg").to_vec(),
        };
        let length = file.len();
        file[at % length] = with;
        file.truncate(length - cut % length);
        let _ = picture_hash(&file);
    }
}
