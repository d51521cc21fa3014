import { render } from 'preact';
import './style/tokens.css';
import './style/base.css';
import './style/shell.css';
import { connect } from './live.ts';
import { listenToKeys } from './shell/keys.ts';
import { Shell } from './shell.tsx';

const page = document.getElementById('page');
if (page) {
  connect();
  listenToKeys();
  render(<Shell />, page);
}
