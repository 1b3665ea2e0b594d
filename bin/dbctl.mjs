#!/usr/bin/env node
import { existsSync } from 'node:fs';

const built = new URL('../dist/src/main.js', import.meta.url);
if (!existsSync(built)) await import('../scripts/bootstrap.mjs').then((m) => m.bootstrap());
await import(built.href);
