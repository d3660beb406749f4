/** The look of the page of one probe, of modules and of reasons. */
export const REPORT_STYLE = `
h1 { overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
main pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0; }
pre.copy { user-select: all; }
.foreign { overflow-wrap: anywhere; }
.sentence { font-size: 1.1rem; margin: .2rem 0; }
.steps { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; list-style: none; margin: .6rem 0; padding: 0; }
.waterfall { width: 100%; margin-bottom: 1rem; }
.waterfall caption { text-align: left; padding-bottom: .2rem; overflow-wrap: anywhere; }
.waterfall th { font-weight: 400; width: 7.5rem; }
.waterfall thead th { color: var(--muted); font-size: .85em; }
.waterfall td.value { width: 5.5rem; padding-right: .7rem; }
.waterfall thead th.value { width: 5.5rem; text-align: right; padding-right: .7rem; }
.bar-line { display: block; width: 100%; height: .8rem; margin-top: .3rem; }
.bar-days { width: 6rem; height: .6rem; margin-right: .5rem; }
.track { fill: var(--badge); }
.part { fill: var(--accent); }
.bad, rect.bad-text { fill: var(--bad); }
rect.good-text { fill: var(--good); }
rect.warn-text { fill: var(--warn); }
.chain { padding-left: 1.5rem; }
.chain li { margin-bottom: .7rem; }
td.verdict { white-space: nowrap; }
details { margin: .4rem 0; }
summary h2 { display: inline; }
dt { margin-top: .9rem; }
dt:target, section:target, article:target { outline: 2px solid var(--accent); outline-offset: 4px; border-radius: 2px; }
dd { margin-left: 0; }
.module { border: 1px solid var(--line); border-radius: 6px; padding: .2rem .8rem .6rem; margin-bottom: .8rem; }
.module h2 { margin: .4rem 0; overflow-wrap: anywhere; }
`;
