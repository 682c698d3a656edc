//! Pictures made comparable: the same photo, sent by another network in another size and coding, has nearly the same hash.

use std::f32::consts::PI;
use std::io::Cursor;

/// The largest picture that is decoded, in pixels: what a good phone takes, and little enough that the memory is no matter.
const MOST_PIXELS: usize = 50_000_000;

/// The longest side, in pixels.
const LONGEST_SIDE: usize = 16_384;

/// The most memory that the decoder of a format may ask for, in bytes.
const MOST_MEMORY: usize = 256 << 20;

/// The side of the small picture that is looked at, and of its coarse structure that is kept.
const SMALL: usize = 32;
const KEPT: usize = 8;

/// Differences of brightness below this are noise: a blank sheet is like any other and has no hash.
const LEAST_CONTRAST: f32 = 12.0;

/// The perceptual hash of a JPEG, PNG or WebP picture. Of the same photo re-coded or scaled, few of the 64 bits differ; of different
/// ones, about 32. None for what is no such picture, is broken, is larger than 50 megapixels or shows nothing.
///
/// The picture's size is read and bounded before anything is decoded, so that a small file cannot unfold into all of the memory.
pub fn picture_hash(bytes: &[u8]) -> Option<u64> {
    let small = if bytes.starts_with(&[0xff, 0xd8]) {
        jpeg(bytes)
    } else if bytes.starts_with(b"\x89PNG") {
        png(bytes)
    } else if bytes.starts_with(b"RIFF") {
        webp(bytes)
    } else {
        None
    }?;
    hash(&small)
}

fn fits(width: usize, height: usize) -> bool {
    (1..=LONGEST_SIDE).contains(&width) && (1..=LONGEST_SIDE).contains(&height) && width * height <= MOST_PIXELS
}

fn jpeg(bytes: &[u8]) -> Option<Small> {
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;

    let options = DecoderOptions::default().set_max_width(LONGEST_SIDE).set_max_height(LONGEST_SIDE);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    if !fits(width, height) {
        return None;
    }
    let grey = matches!(decoder.input_colorspace()?, ColorSpace::YCbCr | ColorSpace::Luma);
    let wanted = if grey { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let pixels = decoder.decode().ok()?;
    Small::of(&pixels, width, height, if grey { 1 } else { 3 })
}

fn png(bytes: &[u8]) -> Option<Small> {
    let limits = png::Limits { bytes: MOST_MEMORY };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = reader.info().size();
    let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let length = reader.output_buffer_size().filter(|length| *length <= MOST_MEMORY && fits(width, height))?;
    let mut pixels = vec![0; length];
    let frame = reader.next_frame(&mut pixels).ok()?;
    Small::of(&pixels, width, height, frame.color_type.samples())
}

fn webp(bytes: &[u8]) -> Option<Small> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(bytes)).ok()?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let length = decoder.output_buffer_size().filter(|length| *length <= MOST_MEMORY && fits(width, height))?;
    decoder.set_memory_limit(MOST_MEMORY);
    let mut pixels = vec![0; length];
    decoder.read_image(&mut pixels).ok()?;
    Small::of(&pixels, width, height, if decoder.has_alpha() { 4 } else { 3 })
}

/// The brightness of a picture in 32 by 32 fields, from 0 to 255.
struct Small([[f32; SMALL]; SMALL]);

impl Small {
    /// The mean brightness of each field. A pixel has 1 or 2 (grey), 3 or 4 (red, green, blue) samples, the last even one being how
    /// opaque it is: what shines through is taken for white.
    fn of(pixels: &[u8], width: usize, height: usize, samples: usize) -> Option<Self> {
        if pixels.len() < width * height * samples {
            return None;
        }
        let (mut sums, mut counts) = ([[0.0_f32; SMALL]; SMALL], [[0_u32; SMALL]; SMALL]);
        // Of a large picture, some pixels of each field are enough.
        let (across, down) = ((width / (SMALL * 8)).max(1), (height / (SMALL * 8)).max(1));
        for y in (0..height.max(SMALL)).step_by(down) {
            for x in (0..width.max(SMALL)).step_by(across) {
                // A picture smaller than the fields is stretched.
                let (from_x, from_y) = (x * width / width.max(SMALL), y * height / height.max(SMALL));
                let at = (from_y * width + from_x) * samples;
                let (row, column) = (y * SMALL / height.max(SMALL), x * SMALL / width.max(SMALL));
                sums[row][column] += brightness(&pixels[at..at + samples]);
                counts[row][column] += 1;
            }
        }
        for (sums, counts) in sums.iter_mut().zip(&counts) {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum /= (*count).max(1) as f32;
            }
        }
        Some(Self(sums))
    }

    fn contrast(&self) -> f32 {
        let all = || self.0.iter().flatten().copied();
        all().fold(f32::MIN, f32::max) - all().fold(f32::MAX, f32::min)
    }
}

fn brightness(pixel: &[u8]) -> f32 {
    let of_colour =
        |red: u8, green: u8, blue: u8| 0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue);
    let over_white = |light: f32, opaque: u8| 255.0 + (light - 255.0) * f32::from(opaque) / 255.0;
    match *pixel {
        [grey] => f32::from(grey),
        [grey, opaque] => over_white(f32::from(grey), opaque),
        [red, green, blue] => of_colour(red, green, blue),
        [red, green, blue, opaque] => over_white(of_colour(red, green, blue), opaque),
        _ => 255.0,
    }
}

/// The pHash: which of the coarse waves of the picture (its discrete cosine transform) are above their median. Brightness and contrast
/// do not matter for that.
fn hash(small: &Small) -> Option<u64> {
    if small.contrast() < LEAST_CONTRAST {
        return None;
    }
    let wave = |frequency: usize, at: usize| (PI * frequency as f32 * (at as f32 + 0.5) / SMALL as f32).cos();
    let mut rows = [[0.0_f32; KEPT]; SMALL];
    for (row, pixels) in rows.iter_mut().zip(&small.0) {
        for (frequency, sum) in row.iter_mut().enumerate() {
            *sum = pixels.iter().enumerate().map(|(at, pixel)| pixel * wave(frequency + 1, at)).sum();
        }
    }
    let mut waves = [0.0_f32; KEPT * KEPT];
    for (number, sum) in waves.iter_mut().enumerate() {
        let (down, across) = (number / KEPT, number % KEPT);
        *sum = rows.iter().enumerate().map(|(at, row)| row[across] * wave(down + 1, at)).sum();
    }
    let mut sorted = waves;
    sorted.sort_by(f32::total_cmp);
    let median = f32::midpoint(sorted[KEPT * KEPT / 2 - 1], sorted[KEPT * KEPT / 2]);
    Some(waves.iter().enumerate().filter(|(_, wave)| **wave > median).fold(0, |hash, (bit, _)| hash | 1 << bit))
}

#[cfg(test)]
mod tests;
