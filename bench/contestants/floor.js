import { connectFloor } from "../floor/index.js";

window.contestant = { connect: connectFloor };
