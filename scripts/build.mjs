/** npm run build, and what a bare clone does by itself. */
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
