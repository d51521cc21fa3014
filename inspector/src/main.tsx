import { render } from 'preact';
import { Shell } from './shell.tsx';
import './style/tokens.css';
import './style/base.css';
import { connect } from './live.ts';

const page = document.getElementById('page');
if (page) {
  connect();
  render(<Shell />, page);
}
