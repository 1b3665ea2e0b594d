import type { ReportPage } from '../report/report-page.js';
import { renderHtml } from './handlebars.js';
import { readReportTemplate } from './templates.js';

/** One self-contained page: its style is in it, nothing is loaded from anywhere and no script is run. Pure. */
export const renderReport = (page: ReportPage): string =>
  renderHtml(readReportTemplate('page.html.hbs'), { ...page, style: readReportTemplate('style.css') });
