using System;
using System.Collections.Generic;
using System.Linq;
using System.Windows;
using System.Windows.Controls;
using System.Windows.Controls.Primitives;

namespace EsapiBridge.Mock.Wpf
{
    /// <summary>What can be told of the content of a window: its texts, in order.</summary>
    public static class Texts
    {
        /// <summary>The texts of an element and of all in it; hidden ones are left out, others named by their kind.</summary>
        public static IEnumerable<string> Of(Window window)
        {
            return In(window.Content);
        }

        internal static void Load(FrameworkElement element)
        {
            foreach (FrameworkElement part in All(element).ToArray())
            {
                part.Load();
            }
        }

        internal static void Unload(FrameworkElement element)
        {
            foreach (FrameworkElement part in All(element).ToArray())
            {
                part.Unload();
            }
        }

        private static IEnumerable<string> In(object thing)
        {
            FrameworkElement element = thing as FrameworkElement;
            if (element == null)
            {
                return thing == null ? Enumerable.Empty<string>() : Lines(thing.ToString());
            }
            if (element.Visibility != Visibility.Visible)
            {
                return Enumerable.Empty<string>();
            }
            TextBlock block = element as TextBlock;
            TextBox box = element as TextBox;
            CheckBox tick = element as CheckBox;
            Selector choice = element as Selector;
            ItemsControl list = element as ItemsControl;
            ContentControl holder = element as ContentControl;
            Panel panel = element as Panel;
            if (block != null || box != null)
            {
                return Lines(block != null ? block.Text : box.Text);
            }
            if (choice is ComboBox)
            {
                return Lines(Convert.ToString(choice.SelectedItem));
            }
            if (list != null)
            {
                return list.Things.SelectMany(In);
            }
            if (tick != null)
            {
                return In(tick.Content).Select(line => (tick.IsChecked == true ? "[x] " : "[ ] ") + line);
            }
            if (holder is Button)
            {
                return In(holder.Content).Select(line => "<" + line + ">");
            }
            if (holder != null && holder.Content != null)
            {
                return In(holder.Content);
            }
            return panel != null ? panel.Children.SelectMany(In) : new[] { "(" + element.GetType().Name + ", not drawn)" };
        }

        private static IEnumerable<string> Lines(string text)
        {
            return string.IsNullOrEmpty(text) ? Enumerable.Empty<string>() : text.Replace("\r", "").Split('\n');
        }

        private static IEnumerable<FrameworkElement> All(object thing)
        {
            FrameworkElement element = thing as FrameworkElement;
            if (element == null)
            {
                yield break;
            }
            yield return element;
            ContentControl holder = element as ContentControl;
            Panel panel = element as Panel;
            IEnumerable<object> parts = holder != null ? new[] { holder.Content }
                : panel != null ? panel.Children : Enumerable.Empty<object>();
            foreach (FrameworkElement part in parts.SelectMany(All))
            {
                yield return part;
            }
        }
    }
}
