/** The half that fetches feeds. It knows nothing of env: the file in the shared volume tells it where the database is. */
import { endOnSignal, runApp } from '../shared/run-app.js';
import { feeds, untilInstalled } from './feeds.js';

endOnSignal();
void untilInstalled().then(() => runApp(feeds('freshrss-cron', 300)));
