using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Numbers that Eclipse may give as "not a number": null where they may be unknown, a refusal that names them where they
    /// are needed.
    /// </summary>
    public static class Finite
    {
        /// <summary>Whether a number is neither NaN nor infinite.</summary>
        public static bool Is(double value)
        {
            return !double.IsNaN(value) && !double.IsInfinity(value);
        }

        /// <summary>A number, or null where there is none.</summary>
        public static double? OrNull(double value)
        {
            return Is(value) ? (double?)value : null;
        }

        /// <summary>A number that must be there.</summary>
        /// <exception cref="RefusedException">It is not.</exception>
        public static double Of(double value, string what)
        {
            if (!Is(value))
            {
                throw Missing(what);
            }
            return value;
        }

        /// <summary>Numbers that must be there.</summary>
        /// <exception cref="RefusedException">One is not.</exception>
        public static double[] Of(double[] values, string what)
        {
            if (!values.All(Is))
            {
                throw Missing(what);
            }
            return values;
        }

        /// <summary>Numbers that must be there, in an array of any rank.</summary>
        /// <exception cref="RefusedException">One is not.</exception>
        public static float[,] Of(float[,] values, string what)
        {
            foreach (float value in values)
            {
                Of(value, what);
            }
            return values;
        }

        /// <summary>What is written of a value: dictionaries and lists of numbers with null for what is none.</summary>
        public static object Written(object value)
        {
            IDictionary<string, object> named = value as IDictionary<string, object>;
            if (named != null)
            {
                return named.ToDictionary(part => part.Key, part => Written(part.Value));
            }
            IEnumerable items = value is string ? null : value as IEnumerable;
            if (items != null && !(value is IDictionary))
            {
                return items.Cast<object>().Select(Written).ToArray();
            }
            return value is double ? OrNull((double)value) : value;
        }

        private static RefusedException Missing(string what)
        {
            return new RefusedException("Eclipse must know " + what + ", it gives no number: complete the plan, then start again");
        }
    }
}
