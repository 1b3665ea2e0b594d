import { gunzipSync, gzipSync } from 'node:zlib';

/** Text in a form that takes little room in a Nomad Variable. */
export const packed = (text: string): string => gzipSync(text, { level: 9 }).toString('base64');

/** The text again. Throws when it is not what `packed` made. */
export const unpacked = (text: string): string => gunzipSync(Buffer.from(text, 'base64')).toString('utf8');
