import { playPeer } from './peer.js';

playPeer('typescript');
