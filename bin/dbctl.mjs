#!/usr/bin/env node
import { statSync } from 'node:fs';

const url = (path) => new URL(`../dist/${path}`, import.meta.url);
const madeAt = (path) => statSync(url(path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (madeAt('src/main.js') === 0) await import('../scripts/bootstrap.mjs').then(({ bootstrap }) => bootstrap());
// After tsc alone the modules are newer than the bundle made of them.
const bundled = madeAt('dbctl.mjs') > 0 && madeAt('dbctl.mjs') >= madeAt('.tsbuildinfo');
await import(url(bundled ? 'dbctl.mjs' : 'src/main.js').href);
