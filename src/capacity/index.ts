/** Room `capacity`: does it fit, how fast, what does it cost, what hardware? */
export {}
