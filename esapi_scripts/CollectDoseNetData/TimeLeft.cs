using System;
using System.Diagnostics;

namespace EsapiBridge.Scripts
{
    /// <summary>Time that a number of equal parts will still take, by those that are done.</summary>
    public sealed class TimeLeft
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        /// <summary>Starts the clock.</summary>
        public TimeLeft(int parts)
        {
            Parts = parts;
        }

        /// <summary>All parts.</summary>
        public int Parts { get; private set; }

        /// <summary>Those that are done.</summary>
        public int Done { get; private set; }

        /// <summary>Counts a part that is done.</summary>
        public void Count()
        {
            Done++;
        }

        /// <summary>", 3 of 100, about 25 min left"; without the time as long as nothing is done.</summary>
        public override string ToString()
        {
            string text = ", " + (Done + 1) + " of " + Parts;
            if (Done == 0)
            {
                return text;
            }
            double minutes = _watch.Elapsed.TotalMinutes / Done * (Parts - Done);
            return text + (minutes < 1 ? ", less than a minute left" : minutes < 120
                ? ", about " + Math.Ceiling(minutes) + " min left" : ", about " + Math.Round(minutes / 60) + " h left");
        }
    }
}
