import './systemLanguage';
import { mount } from 'svelte';
import App from './App.svelte';
import { app } from './state/app.svelte';
import './app.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target });
await app.start();
