#!/usr/bin/env node
// Here rather than in dist: links to commands are made when packages are installed, before anything is built.
import './dist/main.js';
