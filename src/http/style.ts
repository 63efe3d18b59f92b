import type { Hono } from 'hono'
import { createHash } from 'node:crypto'
import type { Env } from './request.ts'

/** The look of all pages: light and dark, small and wide. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #14202b;
  --paper: #fbfaf7;
  --quiet: #56626d;
  --line: #dcd9d0;
  --box: #f1efe8;
  --field: #ffffff;
  --edge: #8d9299;
  --mark: #9a4816;
  --on-mark: #ffffff;
  --danger: #a3222b;
  --good: #1f6b3a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e4de;
    --paper: #14181c;
    --quiet: #9aa5ae;
    --line: #2c343b;
    --box: #1c2228;
    --field: #10141a;
    --edge: #66727c;
    --mark: #e29a64;
    --on-mark: #1d1209;
    --danger: #f0868c;
    --good: #7cc797;
  }
}
* {
  box-sizing: border-box;
}
html {
  -webkit-text-size-adjust: 100%;
}
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font: 17px/1.55 system-ui, sans-serif;
}
header, main, footer {
  max-width: 46rem;
  margin: 0 auto;
  padding: 0 1.25rem;
}
header {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: space-between;
  gap: 0.25rem 1.25rem;
  padding-top: 1.1rem;
  padding-bottom: 1.1rem;
}
.brand {
  display: inline-flex;
  align-items: center;
  gap: 0.55rem;
  color: inherit;
  font-weight: 650;
  font-size: 1.1rem;
  letter-spacing: -0.01em;
  text-decoration: none;
}
.brand svg {
  display: block;
  color: var(--mark);
}
nav {
  display: flex;
  flex-wrap: wrap;
  gap: 0 1.15rem;
  font-size: 0.92rem;
}
nav a {
  padding: 0.3rem 0;
}
nav a[aria-current] {
  color: inherit;
  text-decoration: none;
  font-weight: 600;
}
main {
  padding-top: 1.4rem;
  padding-bottom: 3rem;
}
footer {
  padding-bottom: 2.5rem;
  font-size: 0.88rem;
  color: var(--quiet);
}
h1 {
  font-size: 1.8rem;
  line-height: 1.2;
  margin: 0 0 0.75rem;
  letter-spacing: -0.02em;
  text-wrap: balance;
}
h2 {
  font-size: 1.15rem;
  line-height: 1.3;
  margin: 2.5rem 0 0.6rem;
}
p {
  margin: 0.6rem 0;
}
a {
  color: var(--mark);
  text-underline-offset: 0.15em;
}
.quiet, .help-block {
  color: var(--quiet);
}
.help-block {
  font-size: 0.88rem;
  line-height: 1.45;
  margin: 0.3rem 0 0;
}
pre {
  background: var(--box);
  border: 1px solid var(--line);
  border-radius: 8px;
  padding: 0.9rem;
  overflow-x: auto;
  font: 13px/1.5 ui-monospace, monospace;
  margin: 0.75rem 0;
  tab-size: 4;
}
code {
  font: 0.9em ui-monospace, monospace;
}
pre code {
  font: inherit;
}
dl {
  display: grid;
  grid-template-columns: max-content 1fr;
  gap: 0.25rem 1.25rem;
  margin: 0.75rem 0;
}
dt {
  color: var(--quiet);
}
dd {
  margin: 0;
  overflow-wrap: anywhere;
}
form {
  margin: 1.25rem 0 0;
}
form.narrow {
  max-width: 26rem;
}
fieldset {
  border: 0;
  margin: 0;
  padding: 0;
  min-width: 0;
}
.form-group {
  margin: 0 0 1.15rem;
}
.form-group > label, legend {
  display: block;
  padding: 0;
  margin: 0 0 0.3rem;
  font-size: 0.94rem;
  font-weight: 600;
}
input:not([type='checkbox'], [type='radio']), textarea, select, span.form-control {
  display: block;
  width: 100%;
  margin: 0;
  padding: 0.55rem 0.7rem;
  border: 1px solid var(--edge);
  border-radius: 8px;
  background: var(--field);
  color: inherit;
  font: inherit;
}
textarea {
  min-height: 6rem;
  resize: vertical;
}
span.form-control {
  background: var(--box);
  border-color: var(--line);
  font-family: ui-monospace, monospace;
  font-size: 0.94rem;
  overflow-wrap: anywhere;
  user-select: all;
}
span.form-control strong {
  font-weight: 600;
}
span.form-control:has(pre) {
  padding: 0;
}
span.form-control pre {
  margin: 0;
  border: 0;
  background: none;
  font-size: 12px;
  user-select: all;
}
input.code {
  font-family: ui-monospace, monospace;
  letter-spacing: 0.06em;
}
.checks {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr));
  gap: 0.1rem 0.75rem;
  font-size: 0.96rem;
}
label.check {
  display: flex;
  align-items: baseline;
  gap: 0.55rem;
  padding: 0.35rem 0;
  line-height: 1.4;
}
label.check input {
  flex: none;
  width: 1.05rem;
  height: 1.05rem;
  margin: 0;
  position: relative;
  top: 0.15rem;
  accent-color: var(--mark);
}
.btn {
  display: inline-block;
  padding: 0.6rem 1.25rem;
  border: 1px solid var(--edge);
  border-radius: 8px;
  background: none;
  color: inherit;
  font: inherit;
  font-weight: 600;
  line-height: 1.4;
  text-align: center;
  text-decoration: none;
  white-space: nowrap;
  cursor: pointer;
}
.btn:hover {
  border-color: currentcolor;
}
.btn-primary {
  background: var(--mark);
  border-color: var(--mark);
  color: var(--on-mark);
}
.btn-danger {
  border-color: var(--danger);
  color: var(--danger);
}
.buttons {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.75rem 1.25rem;
  margin: 1.5rem 0 0;
}
.help-block.after {
  margin-top: 1rem;
}
.alert {
  border: 1px solid var(--line);
  border-left: 4px solid var(--quiet);
  border-radius: 8px;
  padding: 0.65rem 0.9rem;
  margin: 1rem 0 1.25rem;
  background: var(--box);
}
.alert-danger {
  border-left-color: var(--danger);
}
.alert-success {
  border-left-color: var(--good);
}
.terms {
  max-height: 15rem;
  overflow-y: auto;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--box);
  padding: 0.4rem 0.9rem;
  margin: 0 0 0.6rem;
  font-size: 0.92rem;
}
ul.menu {
  list-style: none;
  margin: 1rem 0;
  padding: 0;
  border: 1px solid var(--line);
  border-radius: 10px;
}
ul.menu li + li {
  border-top: 1px solid var(--line);
}
ul.menu a {
  display: block;
  padding: 0.75rem 1rem;
}
details {
  border-top: 1px solid var(--line);
}
details:last-of-type {
  border-bottom: 1px solid var(--line);
}
summary {
  padding: 0.65rem 0;
  cursor: pointer;
}
details pre {
  max-height: 30rem;
  margin-top: 0;
}
:focus-visible {
  outline: 3px solid var(--mark);
  outline-offset: 2px;
}
@media (min-width: 42rem) {
  .aside .form-group {
    display: grid;
    grid-template-columns: 11rem minmax(0, 1fr);
    gap: 0 1.25rem;
  }
  .aside .form-group > label, .aside .form-group > legend {
    padding-top: 0.55rem;
    margin: 0;
  }
  .aside fieldset.form-group > legend {
    float: left;
  }
}
`

/** The semaphore on the roof that the house has its name from. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="#b8602c" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"><path d="M12 22V8M5 11l14-6M5 11l-2 5M19 5l2-4M8 22h8"/></svg>`

/** Where a style stands, by its content: a browser may keep it for ever. */
export function stylePath(name: string, style: string): string {
  return `/${name}-${createHash('sha256').update(style).digest('hex').slice(0, 12)}.css`
}

export const STYLE_PATH = stylePath('style', STYLE)

/** Serves a style where it stands. */
export function addStyle(pages: Hono<Env>, path: string, style: string): void {
  const headers = {
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  }
  pages.get(path, (c) => c.body(style, 200, headers))
}
