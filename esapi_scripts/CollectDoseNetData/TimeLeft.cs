using System;
using System.Diagnostics;

namespace EsapiBridge.Scripts
{
    /// <summary>Time that a number of equal parts will still take, by those that are done.</summary>
    public sealed class TimeLeft
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();
        private readonly int _parts;
        private int _done;

        /// <summary>Starts the clock.</summary>
        public TimeLeft(int parts)
        {
            _parts = parts;
        }

        /// <summary>Counts a part that is done.</summary>
        public void Count()
        {
            _done++;
        }

        /// <summary>", 3 of 100, about 25 min left"; without the time as long as nothing is done.</summary>
        public override string ToString()
        {
            string text = ", " + (_done + 1) + " of " + _parts;
            if (_done == 0)
            {
                return text;
            }
            double minutes = _watch.Elapsed.TotalMinutes / _done * (_parts - _done);
            return text + (minutes < 1 ? ", less than a minute left" : minutes < 120
                ? ", about " + Math.Ceiling(minutes) + " min left" : ", about " + Math.Round(minutes / 60) + " h left");
        }
    }
}
