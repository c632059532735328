"""Charts as inline SVG, drawn from the same values as the table that stands behind each."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from checker.report.audit.model import Cause, Heat, Point

WIDE, HIGH, LEFT, FOOT, BARS = 720, 240, 44, 24, 20


def pareto(causes: Sequence[Cause], label: str) -> Markup:
    """The first bars of violations, the most first, and the line of their share of all; bars are numbered like the rows of the table."""
    total = causes[-1].cumulative if causes else 0
    if not total:
        return Markup("")
    shown = causes[:BARS]
    step = (WIDE - 2 * LEFT) / len(shown)
    top = causes[0].violations
    parts, line = [], []
    for index, one in enumerate(shown):
        x, high = LEFT + index * step, (HIGH - FOOT - 16) * one.violations / top
        parts.append(
            f'<rect class="bar" x="{x + step * 0.12:.1f}" y="{HIGH - FOOT - high:.1f}" width="{step * 0.76:.1f}" height="{high:.1f}">'
            f"<title>{escape(one.rule.title)}: {one.violations}</title></rect>"
            f'<text class="tick" x="{x + step / 2:.1f}" y="{HIGH - 8}" text-anchor="middle">{index + 1}</text>'
        )
        line.append(f"{x + step / 2:.1f},{HIGH - FOOT - (HIGH - FOOT - 16) * one.cumulative / total:.1f}")
    axis = "".join(
        f'<line class="across" x1="{LEFT}" x2="{WIDE - LEFT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{round(top * part / 4)}</text>'
        f'<text class="tick" x="{WIDE - LEFT + 6}" y="{y + 4:.1f}">{25 * part} %</text>'
        for part in range(5) for y in [HIGH - FOOT - (HIGH - FOOT - 16) * part / 4]
    )  # fmt: skip
    return _svg(WIDE, HIGH, label, f'{axis}{"".join(parts)}<polyline class="line" points="{" ".join(line)}"/>')


def heat(value: Heat, days: Sequence[str], label: str) -> Markup:
    """Violations by weekday and hour: the darker the more."""
    most = max((cell for row in value.cells for cell in row), default=0)
    if not most:
        return Markup("")
    size, gap = 26, 2
    parts = [f'<text class="tick" x="{LEFT + hour * size + size / 2:.0f}" y="12" text-anchor="middle">{hour}</text>' for hour in range(24)]
    for day, row in enumerate(value.cells):
        y = 18 + day * size
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{escape(days[day])}</text>')
        for hour, cell in enumerate(row):
            strength = 0 if not cell else 0.12 + 0.88 * cell / most
            parts.append(
                f'<rect class="{"heat" if cell else "cold"}" x="{LEFT + hour * size}" y="{y}" width="{size - gap}" height="{size - gap}" rx="3"'
                f'{f" fill-opacity={chr(34)}{strength:.2f}{chr(34)}" if cell else ""}><title>{escape(days[day])} {hour}:00 — {cell}</title></rect>'
            )
    return _svg(LEFT + 24 * size + 4, 18 + 7 * size + 4, label, "".join(parts))


def spark(points: Sequence[Point], label: str) -> Markup:
    """A trend the size of a word; periods without cases are left out. Nothing where there is only one."""
    shown = [(index, one.numerator / one.denominator) for index, one in enumerate(points) if one.denominator]
    if len(shown) < 2:
        return Markup("")
    low, high = min(share for _, share in shown), max(share for _, share in shown)
    spread = (high - low) or 1
    at = [f"{4 + 82 * index / (len(points) - 1):.1f},{20 - 16 * (share - low) / spread:.1f}" for index, share in shown]
    last = at[-1].split(",")
    return _svg(92, 24, label, f'<polyline class="line" points="{" ".join(at)}"/><circle class="dot" cx="{last[0]}" cy="{last[1]}" r="2.5"/>', "spark")


def _svg(wide: float, high: float, label: str, inner: str, name: str = "chart") -> Markup:
    """Every text within is escaped already."""
    return Markup(f'<svg class="{name}" viewBox="0 0 {wide:g} {high:g}" role="img" aria-label="{escape(label)}">{inner}</svg>')
