"""Drivers: what gives motion, be it pictures of a face, sound, or packets of a phone.

Nothing is imported here: sound and packets are read without OpenCV and PyAV.
"""
