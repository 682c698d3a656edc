//! Charts: drawn by plotters as SVG, here on the server, in the colours of the page's style.
//!
//! plotters writes colours as `#RRGGBB`. Each [`Ink`] has one that stands for a variable of the style sheet and is replaced by it, so a
//! chart follows light and dark as all else. A chart is a picture for those who see it: beside it stands a table that says the same.

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::*;

/// A colour of the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Text,
    Quiet,
    Line,
    Accent,
    Good,
    Near,
    Over,
}

impl Ink {
    const ALL: [Ink; 7] = [Ink::Text, Ink::Quiet, Ink::Line, Ink::Accent, Ink::Good, Ink::Near, Ink::Over];

    /// The name of its variable and of its class in legends.
    pub fn name(self) -> &'static str {
        match self {
            Ink::Text => "text",
            Ink::Quiet => "quiet",
            Ink::Line => "line",
            Ink::Accent => "accent",
            Ink::Good => "good",
            Ink::Near => "near",
            Ink::Over => "over",
        }
    }

    fn marker(self) -> RGBColor {
        RGBColor(1, 2, self as u8)
    }
}

/// A row of values in one colour.
pub struct Series {
    pub label: String,
    pub ink: Ink,
    pub values: Vec<i64>,
}

/// One bar with what it stands for.
pub struct Bar {
    pub label: String,
    pub value: i64,
    pub ink: Ink,
}

type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Columns over time: of several series, the later ones stand narrower before the earlier. Nothing where there are no values.
pub fn columns(title: &str, labels: &[String], series: &[Series]) -> Markup {
    if labels.is_empty() || series.iter().all(|one| one.values.iter().all(|value| *value == 0)) {
        return html! {};
    }
    let picture = picture((960, 260), |area| draw_columns(area, labels, series));
    html! {
        figure .chart {
            (framed(title, (960, 260), picture))
            figcaption {
                @for one in series {
                    span .key { span class={ "swatch " (one.ink.name()) } {} (one.label) }
                }
            }
        }
    }
}

/// Bars beside each other's labels, in the order given. Nothing where there are no values.
pub fn bars(title: &str, bars: &[Bar]) -> Markup {
    if bars.iter().all(|bar| bar.value == 0) {
        return html! {};
    }
    let size = (960, u32::try_from(bars.len()).unwrap_or(u32::MAX).saturating_mul(26).saturating_add(8));
    let picture = picture(size, |area| draw_bars(area, bars));
    html! { figure .chart { (framed(title, size, picture)) } }
}

/// A line through points, both axes from 0 to 1.
pub fn curve(title: &str, points: &[(f32, f32)]) -> Markup {
    if points.len() < 2 {
        return html! {};
    }
    let picture = picture((480, 240), |area| draw_curve(area, points));
    html! { figure .chart.small { (framed(title, (480, 240), picture)) } }
}

/// The picture as an element of the page. What is in it was written by plotters, which escapes every text.
fn framed(title: &str, (width, height): (u32, u32), picture: Option<String>) -> Markup {
    html! {
        @if let Some(picture) = picture {
            svg role="img" aria-label=(title) viewBox={ "0 0 " (width) " " (height) } { (PreEscaped(picture)) }
        }
    }
}

/// Draws, and gives what stands between the tags of the `svg` element; none if it cannot be drawn.
fn picture(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Drawn) -> Option<String> {
    let mut svg = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw(&area).and_then(|()| area.present())
    };
    if let Err(error) = drawn {
        tracing::warn!(%error, "a chart cannot be drawn");
        return None;
    }
    let inner = svg.split_once('>')?.1;
    let mut inner = inner.rsplit_once("</svg>").map_or(inner, |(inner, _)| inner).to_owned();
    for ink in Ink::ALL {
        let RGBColor(r, g, b) = ink.marker();
        inner = inner.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var(--{})\"", ink.name()));
    }
    Some(inner)
}

fn style(ink: Ink) -> TextStyle<'static> {
    ("sans-serif", 15).into_font().color(&ink.marker())
}

fn draw_columns(area: &Area<'_>, labels: &[String], series: &[Series]) -> Drawn {
    let top = series.iter().flat_map(|one| one.values.iter().copied()).max().unwrap_or(0).max(4);
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(52)
        .build_cartesian_2d((0..labels.len()).into_segmented(), 0..top + top / 12 + 1)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(labels.len().min(12))
        .y_labels(5)
        .axis_style(Ink::Line.marker())
        .bold_line_style(Ink::Line.marker())
        .light_line_style(TRANSPARENT)
        .label_style(style(Ink::Quiet))
        .x_label_formatter(&|place| match place {
            SegmentValue::CenterOf(place) | SegmentValue::Exact(place) => {
                labels.get(*place).cloned().unwrap_or_default()
            }
            SegmentValue::Last => String::new(),
        })
        .draw()?;
    let width = 880 / i32::try_from(labels.len()).unwrap_or(i32::MAX).max(1);
    for (nth, one) in series.iter().enumerate() {
        let gap = u32::try_from(width / 8).unwrap_or(0)
            + u32::try_from(nth).unwrap_or(0) * u32::try_from(width / 7).unwrap_or(0);
        chart.draw_series(one.values.iter().enumerate().filter(|(_, value)| **value > 0).map(|(place, value)| {
            let corners = [(SegmentValue::Exact(place), *value), (SegmentValue::Exact(place + 1), 0)];
            let mut column = Rectangle::new(corners, one.ink.marker().filled());
            column.set_margin(0, 0, gap, gap);
            column
        }))?;
    }
    Ok(())
}

/// Where the bars begin, how long the longest is, and how high a row is.
const BARS_FROM: i32 = 330;
const BARS_LONG: i64 = 540;
const BAR_HIGH: i32 = 26;

fn draw_bars(area: &Area<'_>, bars: &[Bar]) -> Drawn {
    let top = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    for (nth, bar) in (0..).zip(bars) {
        let y = 4 + nth * BAR_HIGH;
        let long = i32::try_from(bar.value.max(0) * BARS_LONG / top).unwrap_or(0).max(i32::from(bar.value > 0));
        let at = |x| (x, y + BAR_HIGH / 2 + 5);
        let label = super::parts::beginning(&bar.label, 42);
        area.draw(&Text::new(label, at(BARS_FROM - 10), end(style(Ink::Text))))?;
        area.draw(&Rectangle::new(
            [(BARS_FROM, y + 4), (BARS_FROM + long, y + BAR_HIGH - 4)],
            bar.ink.marker().filled(),
        ))?;
        area.draw(&Text::new(super::parts::number(bar.value), at(BARS_FROM + long + 8), foot(style(Ink::Quiet))))?;
    }
    Ok(())
}

fn end(style: TextStyle<'static>) -> TextStyle<'static> {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    style.pos(Pos::new(HPos::Right, VPos::Bottom))
}

fn foot(style: TextStyle<'static>) -> TextStyle<'static> {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    style.pos(Pos::new(HPos::Left, VPos::Bottom))
}

fn draw_curve(area: &Area<'_>, points: &[(f32, f32)]) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(44)
        .build_cartesian_2d(0f32..1f32, 0f32..1f32)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(5)
        .y_labels(5)
        .axis_style(Ink::Line.marker())
        .bold_line_style(Ink::Line.marker())
        .light_line_style(TRANSPARENT)
        .label_style(style(Ink::Quiet))
        .x_label_formatter(&|value| format!("{:.0} %", value * 100.0))
        .y_label_formatter(&|value| format!("{:.0} %", value * 100.0))
        .draw()?;
    chart.draw_series(std::iter::once(PathElement::new(points.to_vec(), Ink::Accent.marker().stroke_width(2))))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> String {
        let labels = ["1 дек".to_owned(), "2 дек".to_owned()];
        let series = [Series { label: "Поступило".to_owned(), ink: Ink::Accent, values: vec![3, 12] }];
        columns("Поступило по дням", &labels, &series).into_string()
    }

    #[test]
    fn a_chart_has_a_name_and_the_colours_of_the_page() {
        let drawn = drawn();
        assert!(drawn.contains("role=\"img\" aria-label=\"Поступило по дням\""));
        assert!(drawn.contains("fill=\"var(--accent)\""), "{drawn}");
        assert!(!drawn.contains("#01"), "a marker is left: {drawn}");
        for forbidden in ["style=", "<style", "<script"] {
            assert!(!drawn.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn a_label_is_escaped() {
        let bars = bars("x", &[Bar { label: "<b>\"я\"</b>".to_owned(), value: 1, ink: Ink::Over }]).into_string();
        assert!(bars.contains("&lt;b&gt;") && !bars.contains("<b>"));
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(bars("x", &[]).into_string().is_empty());
        assert!(columns("x", &[], &[]).into_string().is_empty());
        assert!(curve("x", &[(0.0, 1.0)]).into_string().is_empty());
    }
}
