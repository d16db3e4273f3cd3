import './systemLanguage';
import { mount } from 'svelte';
import { reportSchema } from '../src-main/shared/report';
import ReportView from './views/ReportView.svelte';
import './app.css';

// The report of a model: a page of its own that opens from disk. What it shows stands in it as JSON.

const target = document.getElementById('app');
const data = document.getElementById('report')?.textContent;
if (!target || data === undefined) throw new Error('The page has no report in it');
mount(ReportView, { target, props: { report: reportSchema.parse(JSON.parse(data)) } });
