import type { InventoryService } from '../inventory/types.js';
import type { SourceFacts } from './facts.js';
import { majorOf, SAME_AS_SOURCE, tagMajor } from './image.js';
import type { Finding } from './types.js';

/** The oldest major whose catalogs the evidence is written for. */
const OLDEST_SOURCE = 13;

/** Minor releases of August 2025: an older psql may be made to run what a dump tells it (CVE-2025-8714). */
const MENDED: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 };

/** What of the versions themselves stands in the way, apart from the change from one to the other. */
export const versionFindings = (service: InventoryService, source: SourceFacts): Finding[] => [
  ...sourceTooOld(source.serverVersion),
  ...conflict(service),
  ...clientTooOld(service, source),
];

const blocked = (code: string, text: string, next: string): Finding => ({ code, level: 'blocked', text, next });

const sourceTooOld = (version: number): Finding[] =>
  version === 0 || majorOf(version) >= OLDEST_SOURCE
    ? []
    : [
        blocked(
          'SOURCE_TOO_OLD',
          `the shared instance is PostgreSQL ${majorOf(version)}; a copy can be proven equal from ${OLDEST_SOURCE} on`,
          `upgrade the shared instance to ${OLDEST_SOURCE} or later first`,
        ),
      ];

const conflict = ({ image, major }: InventoryService): Finding[] => {
  const tagged = image === SAME_AS_SOURCE ? undefined : tagMajor(image);
  if (major === null || tagged === undefined || tagged === major) return [];
  return [
    blocked(
      'IMAGE_MAJOR_CONFLICT',
      `the inventory says major ${major}, the tag of ${image} says ${tagged}`,
      'leave major out, or correct it',
    ),
  ];
};

/** The running server tells the release of its own image; what another image holds the toolbox tells before it dumps. */
const clientTooOld = ({ image }: InventoryService, { serverVersion, image: running }: SourceFacts): Finding[] => {
  const [major, minor] = [majorOf(serverVersion), serverVersion % 10_000];
  const floor = MENDED[major] ?? 0;
  if (image !== SAME_AS_SOURCE || running === null || serverVersion === 0 || minor >= floor) return [];
  return [
    blocked(
      'CLIENT_TOO_OLD',
      `${running} holds PostgreSQL ${major}.${minor}, whose psql may be made to run what a dump tells it (CVE-2025-8714)`,
      `run the shared instance with ${major}.${floor} or later, or set image to one`,
    ),
  ];
};
