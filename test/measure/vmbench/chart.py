# SPDX-License-Identifier: GPL-2.0-or-later
# The picture: for each row of the main table the ratio as a bar and the two
# times as bars. Plain SVG. It must not choose what is shown.

from xml.sax.saxutils import escape

ROW, TOP, LABEL, WIDTH, GAP = 26, 64, 330, 300, 60
OURS, PEER, TEXT, GRID = "#1b6ca8", "#c8772e", "#222", "#ddd"


def _text(x, y, text, anchor="start", size=12, weight="normal"):
	return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" '
		f'font-weight="{weight}" fill="{TEXT}" '
		f'text-anchor="{anchor}">{escape(text)}</text>')


def _bar(x, y, width, height, colour):
	return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" '
		f'height="{height}" fill="{colour}"/>')


def _step(top):
	"""Distance of the lines of a grid: 1, 2 or 5 times a power of ten."""
	step = 1e-3
	while True:
		for factor in (1, 2, 5):
			if top / (step * factor) <= 6:
				return step * factor
		step *= 10


def _grid(left, top, bottom, most, unit):
	step, lines, at = _step(most), [], 0.0
	while at <= most:
		x = left + WIDTH * at / most
		lines.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" '
			     f'y2="{bottom}" stroke="{GRID}"/>')
		lines.append(_text(x, bottom + 14, f"{at:g}{unit}",
				   "middle", 10))
		at += step
	return lines


def draw(rows):
	rows = [r for r in rows if r["ratio_durable"]]
	bottom = TOP + ROW * len(rows)
	ratios, times = LABEL, LABEL + WIDTH + GAP
	top_ratio = max([r["ratio_durable"] for r in rows], default=1) * 1.1
	top_time = max([max(r["vmsieve"]["durable"],
			    r["makedumpfile"]["durable"])
			for r in rows], default=1) * 1.1
	parts = [
		f'<svg xmlns="http://www.w3.org/2000/svg" '
		f'width="{times + WIDTH + GAP}" height="{bottom + 30}" '
		f'font-family="sans-serif">',
		'<rect width="100%" height="100%" fill="#fff"/>',
		_text(ratios, 22, "makedumpfile's time / vmsieve's, both "
		      "durable", weight="bold"),
		_text(times, 22, "seconds", weight="bold"),
		_bar(times, 32, 12, 10, OURS), _text(times + 18, 42,
						     "vmsieve"),
		_bar(times + 90, 32, 12, 10, PEER),
		_text(times + 108, 42, "makedumpfile and sync"),
		*_grid(ratios, TOP, bottom, top_ratio, ""),
		*_grid(times, TOP, bottom, top_time, " s")]
	for number, row in enumerate(rows):
		y = TOP + ROW * number
		ratio = row["ratio_durable"]
		parts.append(_text(LABEL - 8, y + 16, f"{row['case']}: "
				   f"{row['shape']}", "end"))
		parts.append(_bar(ratios, y + 4, WIDTH * ratio / top_ratio,
				  ROW - 8, OURS if ratio >= 1 else PEER))
		parts.append(_text(ratios + WIDTH * ratio / top_ratio + 5,
				   y + 16, f"{ratio:.2f}", size=11))
		for side, colour, down in (("vmsieve", OURS, 3),
					   ("makedumpfile", PEER, 13)):
			seconds = row[side]["durable"]
			length = WIDTH * seconds / top_time
			parts.append(_bar(times, y + down, length, 9, colour))
			parts.append(_text(times + length + 5, y + down + 8,
					   f"{seconds:.2f}", size=9))
	x = ratios + WIDTH / top_ratio
	parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" '
		     f'y2="{bottom}" stroke="{TEXT}" stroke-dasharray="3"/>')
	return "\n".join([*parts, "</svg>"]) + "\n"
