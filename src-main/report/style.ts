/** The page's look. Colours are variables, so that drawings follow light, dark and paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --panel: #ffffff; --ink: #1d2126; --soft: #5a626b; --line: #e2dfd7; --shade: #f4f1e9;
  --blue: #0067a3; --orange: #b54a00; --green: #00775a; --purple: #934082; --neutral: #6b737c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --panel: #1b1e23; --ink: #e9e7e2; --soft: #a2a9b1; --line: #31363d; --shade: #22262c;
    --blue: #62b8ee; --orange: #f2a24a; --green: #55cda4; --purple: #df97c9; --neutral: #969fa8;
  }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --panel: #fff; --ink: #000; --soft: #444; --line: #ccc; --shade: #f3f3f3;
    --blue: #0067a3; --orange: #b54a00; --green: #00775a; --purple: #934082; --neutral: #6b737c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
  font-variant-numeric: tabular-nums;
}
body > * { max-width: 1080px; margin-inline: auto; padding-inline: 20px; }
header { padding-top: 56px; }
.made { margin: 0 0 14px; color: var(--soft); font-size: 14px; }
h1, h2 { font-family: 'Iowan Old Style', 'Palatino Linotype', Palatino, 'Noto Serif', Georgia, serif; font-weight: 600; text-wrap: balance; }
h1 { margin: 0 0 18px; max-width: 25ch; font-size: clamp(30px, 4.6vw, 50px); line-height: 1.12; letter-spacing: -0.015em; }
h2 { margin: 0 0 6px; font-size: 27px; line-height: 1.2; letter-spacing: -0.01em; }
h3 { margin: 0; font-size: 16px; font-weight: 600; }
p { margin: 0 0 8px; max-width: 68ch; text-wrap: pretty; }
section { padding-top: 60px; }
section p { color: var(--soft); margin-bottom: 22px; }
figure { margin: 0; }
footer { padding-block: 56px 48px; color: var(--soft); font-size: 14px; }
.lead p { font-size: 17.5px; }
.key-figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(205px, 1fr)); gap: 0 28px; margin: 34px 0 0; }
.key-figures div { border-top: 2px solid var(--ink); padding-top: 10px; margin-bottom: 20px; }
.key-figures dt { color: var(--soft); font-size: 14px; }
.key-figures dd { margin: 0; font-size: 27px; font-weight: 600; line-height: 1.25; letter-spacing: -0.01em; }
.key-figures dd + dd { color: var(--soft); font-size: 14px; font-weight: 400; letter-spacing: 0; }

img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; background: var(--shade); border-radius: 4px; }
figcaption { padding-top: 8px; font-size: 14px; color: var(--soft); }
figcaption b { color: var(--ink); font-weight: 600; }
.wipes { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 24px 16px; }
.stack { position: relative; display: grid; width: fit-content; border-radius: 4px; overflow: hidden; --at: 50%; }
.stack > img { grid-area: 1 / 1; }
.stack > img + img { clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.edge { position: absolute; inset: 0 auto 0 var(--at); width: 2px; margin-left: -1px; background: #fff; box-shadow: 0 0 3px #0009; pointer-events: none; }
.edge::after {
  content: '\\2194'; position: absolute; top: 50%; left: 1px; width: 34px; height: 34px; margin: -17px 0 0 -17px; border-radius: 50%;
  background: #fff; color: #1d2126; font: 19px/33px system-ui, sans-serif; text-align: center; box-shadow: 0 1px 5px #0007;
}
.tag { position: absolute; bottom: 10px; padding: 2px 9px; border-radius: 99px; background: #000a; color: #fff; font-size: 13px; pointer-events: none; }
.tag.left { left: 10px; }
.tag.right { right: 10px; }
.stack input { display: none; position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; touch-action: pan-y; }
.stack:has(:focus-visible) { outline: 3px solid var(--blue); outline-offset: 3px; }
@media (scripting: enabled) { .stack input { display: block; } }
@media not (scripting: enabled) { .edge::after, .drag { display: none; } }
@media print { .edge::after, .drag { display: none; } }
article { margin-top: 34px; }
article h3 { margin-bottom: 10px; }
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 336px)); gap: 16px; }

.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 20px; }
.plots figure { display: flex; flex-direction: column; padding: 18px 20px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); break-inside: avoid; }
.plots figcaption { flex: 1; padding: 0 0 12px; }
.plots h3 { color: var(--ink); }
.plots p { margin: 2px 0 0; line-height: 1.45; }
svg { display: block; width: 100%; height: auto; font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif; }
svg text { fill: var(--ink); }
svg text.small, svg .plot text { fill: var(--soft); font-size: 12.5px; }
.plot { overflow: visible; }
.grid { stroke: var(--line); stroke-width: 1; }
.axis { stroke: var(--soft); stroke-width: 1; }
.stage { fill: var(--shade); }
.band { fill: var(--green); opacity: 0.16; }
.level { stroke: var(--ink); stroke-width: 1.4; stroke-dasharray: 5 4; }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.line.blue { stroke: var(--blue); } .line.orange { stroke: var(--orange); } .line.green { stroke: var(--green); } .line.purple { stroke: var(--purple); }
.dot { stroke: var(--panel); stroke-width: 1.5; }
.dot.orange { fill: var(--orange); }
.touch { fill: none; pointer-events: all; }
.touch:hover { stroke: var(--ink); stroke-width: 1.5; }
svg .plot text.label, svg text.label { font-weight: 600; font-size: 13px; }
svg text.blue { fill: var(--blue); } svg text.orange { fill: var(--orange); } svg text.green { fill: var(--green); } svg text.purple { fill: var(--purple); }

.wide { overflow-x: auto; padding: 10px 0; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
.network { margin-inline: auto; }
.trunk, .jump { fill: none; stroke: var(--soft); stroke-width: 1.5; }
.arrow { fill: var(--soft); }
.plus { fill: var(--panel); stroke: var(--soft); stroke-width: 1.5; }
.sign { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.box { fill: var(--panel); stroke: var(--soft); stroke-width: 1.5; }
.bar.neutral, .key.neutral { fill: var(--neutral); background: var(--neutral); }
.bar.blue, .key.blue { fill: var(--blue); background: var(--blue); }
.bar.orange, .key.orange { fill: var(--orange); background: var(--orange); }
.bar.green, .key.green { fill: var(--green); background: var(--green); }
.bar.purple, .key.purple { fill: var(--purple); background: var(--purple); }
svg text.channels { fill: var(--panel); font-size: 13px; font-weight: 600; }
.legend { margin: 14px 0 0; padding: 0; list-style: none; font-size: 14.5px; color: var(--soft); columns: 2 380px; column-gap: 32px; }
.legend li { padding: 2px 0 2px 22px; break-inside: avoid; }
.legend b { color: var(--ink); font-weight: 600; }
.key { float: left; width: 12px; height: 12px; margin: 5px 0 0 -22px; border-radius: 2px; print-color-adjust: exact; }
.key.soft { height: 0; margin-top: 11px; border-top: 1.5px solid var(--soft); }
.genotype { margin: 16px 0 0; padding: 12px 14px; border-radius: 6px; background: var(--shade); overflow-x: auto; font: 13.5px/1.5 ui-monospace, 'Cascadia Code', 'SF Mono', Menlo, 'Liberation Mono', monospace; white-space: pre-wrap; }

.facts { display: grid; margin-top: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 32px 36px; align-items: start; }
table { width: 100%; border-collapse: collapse; font-size: 15px; break-inside: avoid; }
caption { padding-bottom: 6px; text-align: left; font-weight: 600; }
th, td { padding: 6px 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { width: 40%; padding-right: 14px; color: var(--soft); font-weight: 400; }
td, li { overflow-wrap: anywhere; }
details { margin-top: 24px; font-size: 15px; }
summary { cursor: pointer; }

@media (max-width: 620px) {
  header { padding-top: 32px; }
  section { padding-top: 44px; }
  .key-figures { grid-template-columns: 1fr 1fr; gap: 0 18px; }
  .key-figures dd { font-size: 23px; }
  .panels { grid-template-columns: 1fr 1fr; gap: 12px 8px; }
  .plots figure { padding: 14px 12px 8px; }
}
@media print {
  body { font-size: 11pt; }
  .plots, .wipes, .facts { grid-template-columns: 1fr 1fr; gap: 12px; }
  .key-figures { grid-template-columns: repeat(4, 1fr); gap: 0 16px; }
  .plots figure { padding: 10px 12px 6px; }
  section, header { padding-top: 20pt; }
  .wide { overflow: visible; }
  .network { min-width: 0 !important; }
  h2, h3 { break-after: avoid; }
  article, .wide, .wipe { break-inside: avoid; }
  .bar { print-color-adjust: exact; }
}
`;

/** All that the page runs: the line between two pictures follows the slider. */
export const script = `
for (const stack of document.querySelectorAll('.stack')) {
  const slider = stack.querySelector('input');
  slider.addEventListener('input', () => stack.style.setProperty('--at', slider.value + '%'));
}
`;
