/** The web half: installs at the very first start, answers, and marks what a reader reads. */
import { runApp } from '../shared/run-app.js';
import { httpOf } from '../shared/settings.js';
import { feeds, installOnce } from './feeds.js';

installOnce();
runApp({ ...feeds('freshrss', 1000), http: httpOf(process.env) });
