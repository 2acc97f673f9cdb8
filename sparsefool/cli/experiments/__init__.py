"""The commands that measure many images: experiments, speed, and the whole paper anew."""
