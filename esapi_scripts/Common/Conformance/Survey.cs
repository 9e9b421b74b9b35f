using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>
    /// Questions to a scripting interface and what it answered. Answers are made of "yes", "no", numbers of the interface itself and
    /// names of exceptions: nothing of a patient can be in them.
    /// </summary>
    public sealed class Survey
    {
        /// <summary>The answer that most questions expect.</summary>
        public const string Yes = "yes";

        private readonly List<Dictionary<string, object>> _rows = new List<Dictionary<string, object>>();

        /// <summary>The answered questions, in order.</summary>
        public IEnumerable<Dictionary<string, object>> Rows { get { return _rows; } }

        /// <summary>Asks whether something is so.</summary>
        /// <param name="id">Name of the question.</param>
        /// <param name="trap">Row of the table of traps; 0 for none.</param>
        /// <param name="asked">The question.</param>
        /// <param name="answer">Finds the answer; null where the open plan has nothing to ask of.</param>
        public void IsSo(string id, int trap, string asked, Func<bool?> answer)
        {
            Ask(id, trap, asked, Yes, delegate
            {
                bool? found = answer();
                return found == null ? null : found.Value ? Yes : "no";
            });
        }

        /// <summary>Asks which exception something throws; "nothing" for none.</summary>
        public void Throws(string id, int trap, string asked, string assumed, Action work)
        {
            Ask(id, trap, asked, assumed, delegate
            {
                work();
                return "nothing";
            });
        }

        /// <summary>Asks a question with an answer of its own.</summary>
        public void Ask(string id, int trap, string asked, string assumed, Func<string> answer)
        {
            string found;
            try
            {
                found = answer();
            }
            catch (Exception error)
            {
                found = error.GetType().Name;
            }
            if (found == null)
            {
                NotTried(id, trap, asked, assumed, "the open plan has nothing to ask this of");
                return;
            }
            Add(id, trap, asked, assumed, found, found == assumed ? "as assumed" : "otherwise", null);
        }

        /// <summary>Says of a question why it was not asked.</summary>
        public void NotTried(string id, int trap, string asked, string assumed, string reason)
        {
            Add(id, trap, asked, assumed, null, "not tried", reason);
        }

        /// <summary>Whether two numbers agree within a part of the larger.</summary>
        public static bool Near(double one, double other, double part)
        {
            return Math.Abs(one - other) <= part * Math.Max(Math.Abs(one), Math.Abs(other)) + 1e-9;
        }

        /// <summary>Whole numbers as a text.</summary>
        public static string Text(params int[] numbers)
        {
            return string.Join(" ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)).ToArray());
        }

        private void Add(string id, int trap, string asked, string assumed, string found, string verdict, string reason)
        {
            _rows.Add(new Dictionary<string, object>
            {
                { "id", id },
                { "trap", trap },
                { "asked", asked },
                { "assumed", assumed },
                { "found", found },
                { "verdict", verdict },
                { "reason", reason }
            });
        }
    }
}
